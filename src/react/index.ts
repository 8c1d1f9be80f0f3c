export type { SessionExpiring } from '../adapters/countdown.ts'
export { SessionProvider, type SessionProviderProps } from './session-context.ts'
export { useSession, type CurrentSession } from './use-session.ts'
export { useSessionExpiring } from './use-session-expiring.ts'
