export type { Body } from './http/body.ts'
export type { CookieOptions } from './http/cookies.ts'
export { refuseForeignPage } from './http/csrf.ts'
export type { SessionDocument, SessionEnd, Spent } from './document.ts'
export type { GivenLimits, SessionLimits } from './limits.ts'
export { memoryStore, type MemoryStoreOptions } from './stores/memory-store.ts'
export type {
  AuditEntry,
  ForeignTokens,
  Promised,
  RefreshVerdict,
  SessionsOptions,
  Start,
  StartData,
} from './options.ts'
export {
  postgresStore,
  type PostgresClient,
  type PostgresStore,
  type PostgresStoreOptions,
} from './stores/postgres-store.ts'
export { redisStore, type RedisCommand, type RedisStoreOptions } from './stores/redis-store.ts'
export {
  createSessions,
  type Renewal,
  type Session,
  type Sessions,
  type SignIn,
} from './sessions.ts'
export type { Delivery } from './shown-tokens.ts'
export type { EndedSession, ReadDocument, SessionStore } from './store.ts'
