export type { SessionExpiring } from '../adapters/countdown.ts'
export type {} from './session-dialog-markup.ts'
export { expiringStore, sessionStore } from './stores.ts'
