import type { Claims } from './tokens.ts'

/** What the session is right now; one object until something changes. */
export type SessionState = Restoring | LoggedIn | LoggedOut

/** The page has just been opened and does not know yet. */
export interface Restoring {
  readonly status: 'restoring'
  readonly subject: null
  readonly claims: null
  readonly accessExpiresAt: null
  readonly endsAt: null
  readonly warning: null
  readonly end: null
}

/** The state before anything is known; on a server, for good. */
export const RESTORING: Restoring = {
  status: 'restoring',
  subject: null,
  claims: null,
  accessExpiresAt: null,
  endsAt: null,
  warning: null,
  end: null,
}

/** A session is there; whether a token is at hand is not said, requests see to that. */
export interface LoggedIn {
  readonly status: 'logged-in'
  readonly subject: string | null
  /** For display only: decoded, never verified. `null` when the access token is opaque or not here yet. */
  readonly claims: Claims | null
  readonly accessExpiresAt: number | null
  /** When the session ends unless something happens, epoch milliseconds; `null` when no limit is known. */
  readonly endsAt: number | null
  /** Open while the session is about to end; `null` while it is not. */
  readonly warning: SessionWarning | null
  readonly end: null
}

/** No session. */
export interface LoggedOut {
  readonly status: 'logged-out'
  readonly subject: null
  readonly claims: null
  readonly accessExpiresAt: null
  readonly endsAt: null
  readonly warning: null
  /** Why the last one ended, until `takeLastEnd()` was called. */
  readonly end: SessionEnd | null
}

/** Why a session ended. */
export type EndReason =
  | 'logout'
  | 'idle'
  | 'session-limit'
  | 'refresh-rejected'
  | 'reuse-detected'
  | 'revoked'
  | 'user-switched'
  | 'storage-cleared'

/** The end of a session, as every tab hears of it. */
export interface SessionEnd {
  readonly reason: EndReason
  /** Who ended it. A page loaded after the end hears `other-tab`, its own earlier self included. */
  readonly initiator: 'this-tab' | 'other-tab' | 'server'
  /** Epoch milliseconds. */
  readonly at: number
  /** Epoch milliseconds; `null` when nobody watched. */
  readonly lastActivityAt: number | null
  readonly subject: string | null
}

/** A session began, or was found when the page opened. */
export interface SessionStart {
  readonly subject: string | null
  readonly initiator: 'this-tab' | 'other-tab' | 'restored'
}

/** Which of the clocks runs out: nobody is at the page, a limit of the server, or its refusal to renew. */
export type ExpiryCause = 'idle' | 'session-limit' | 'refresh-limit' | 'refresh-rejected'

/** The session is about to end, and what can be done about it. */
export interface SessionWarning {
  readonly cause: ExpiryCause
  /** Epoch milliseconds. Draw the remainder from it with each tick: countdowns stand still while a computer sleeps. */
  readonly endsAt: number
  /** `false`: no click can help; say so and offer to save, not to stay. */
  readonly extendable: boolean
  /** As `session.extend()`. */
  extend(): Promise<ExtendResult>
  /** As `session.logout()`. */
  logout(): Promise<LogoutResult>
}

/** What became of the wish to stay. */
export type ExtendResult =
  | { readonly ok: true; readonly endsAt: number | null }
  | {
      readonly ok: false
      /**
       * Why the session has ended; `no_session`: there is none to speak of; `refresh_unavailable`: the server cannot be
       * reached, try again; `not_extendable`: its limit stays where it is.
       */
      readonly reason: EndReason | 'no_session' | 'refresh_unavailable' | 'not_extendable'
    }

/** What became of a sign-out at the server. It is over here in any case. */
export interface LogoutResult {
  /** `later`: the server has not answered yet; it is told again when it can be reached. */
  readonly server: 'told' | 'later'
}

/** The server wants a stronger or fresher sign-in (RFC 9470 §3). */
export interface StepUp {
  readonly acrValues: readonly string[]
  readonly maxAgeMs: number | null
}

/** Something that the server has pushed, and the session itself has no use for. */
export interface ServerEvent {
  /** `message` where the server names none. */
  readonly type: string
  readonly data: string
  /** `null` where the server gives it none. */
  readonly id: string | null
}

/** What the session tells; delivered in order, after the fact, never awaited. */
export interface SessionEvents {
  started: SessionStart
  refreshed: { readonly accessExpiresAt: number | null; readonly by: 'this-tab' | 'other-tab' }
  'refresh-failed': { readonly retryAt: number; readonly status: number | null }
  /** The session is about to end: once for each warning, in every tab, also in one that opens while it is on. */
  expiring: SessionWarning
  /** A warning is over, and the session is not. */
  extended: { readonly endsAt: number | null }
  ended: SessionEnd
  'step-up': StepUp & { readonly url: string }
  /** Something of the platform is missing, and what stands in for it. */
  degraded: Degradation
  /** The server has pushed something, to all tabs. The one event that is not logged: it may hold anything. */
  'server-event': ServerEvent
}

/** What is missing, and what stands in for it. */
export type Degradation =
  | { readonly missing: 'locks'; readonly to: 'lease' }
  | { readonly missing: 'channel'; readonly to: 'polling' }
  | { readonly missing: 'record'; readonly to: 'local-storage' | 'memory' }
  | { readonly missing: 'crypto'; readonly to: 'plain-text' }
