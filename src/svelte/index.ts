export type { SessionExpiring } from '../adapters/countdown.ts'
export { expiringStore, sessionStore } from './stores.ts'
