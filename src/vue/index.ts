export type { SessionExpiring } from '../adapters/countdown.ts'
export { sessionPlugin } from './session-plugin.ts'
export { useSession, type CurrentSession } from './use-session.ts'
export { useSessionExpiring } from './use-session-expiring.ts'
