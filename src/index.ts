export { mediaPlayback, uploads, type Uploads, type UploadsOptions } from './activity-sources.ts'
export { createSession } from './create-session.ts'
export { diagnostics, type DiagnosticsOptions, type SessionDiagnostics } from './diagnostics.ts'
export {
  expiryWarnings,
  type ExpiryWarnings,
  type ExpiryWarningsOptions,
} from './expiry-warnings.ts'
export { answerTokens } from './core/refresh/answer-tokens.ts'
export type { AccessTokenOptions } from './core/refresh/access.ts'
export type { Diagnostics } from './core/notify/diagnostics.ts'
export type { LogEntry } from './core/notify/event-log.ts'
export {
  idleTimeout,
  type ActivitySource,
  type IdleTimeout,
  type IdleTimeoutOptions,
} from './idle-timeout.ts'
export { isSessionError, SessionError, type SessionErrorCode } from './errors.ts'
export type { AuthFetch } from './fetch/auth-fetch.ts'
export { judgeStepUp, type Verdict } from './fetch/challenge.ts'
export type { AuthRequestInit } from './fetch/outgoing.ts'
export type { ServerEventVerdict } from './events/follow-server-events.ts'
export { serverEvents, type ServerEvents, type ServerEventsOptions } from './server-events.ts'
export type { KnownUser } from './parked/options.ts'
export type { FailedWrite } from './parked/queue.ts'
export type { SessionOptions } from './options.ts'
export type { Dispose as Unsubscribe, LockState } from './ports.ts'
export type { Session } from './session.ts'
export { sessionErrorOf } from './session-error-of.ts'
export type {
  Degradation,
  EndReason,
  ExpiryCause,
  ExtendResult,
  LogoutResult,
  ServerEvent,
  SessionEnd,
  SessionEvents,
  SessionStart,
  SessionState,
  SessionWarning,
  StepUp,
  WorkerLoss,
} from './session-state.ts'
export { stay, type Stay, type StayOptions } from './stay.ts'
export { memoryStorage } from './storage/memory-storage.ts'
export { recordStorage } from './storage/record-storage.ts'
export type { Claims, Tokens, TokenStorage } from './tokens.ts'
export type {
  AnswerTokens,
  HeaderList,
  RefreshOutcome,
  RequestLine,
  RevokeContext,
  Transport,
  TransportContext,
} from './transport.ts'
export {
  anonymousTransport,
  type AnonymousTransportOptions,
} from './transports/anonymous-transport.ts'
export { cookieTransport, type CookieTransportOptions } from './transports/cookie-transport.ts'
export { jsonTransport, type JsonTransportOptions } from './transports/json-transport.ts'
export { oauthTransport, type OAuthTransportOptions } from './transports/oauth-transport.ts'
export { readTokenResponse } from './transports/read-token-response.ts'
export { renewTransport, type RenewTransportOptions } from './transports/renew-transport.ts'
export { slidingTransport, type SlidingTransportOptions } from './transports/sliding-transport.ts'
