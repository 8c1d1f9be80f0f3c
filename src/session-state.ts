import type { Claims } from './tokens.ts'

/** The session as it is now: the same object until something changes. */
export type SessionState = Restoring | LoggedIn | LoggedOut

/**
 * It is not known yet whether a user is signed in: the page has just been opened, or `login()` was called without an answer
 * and the server has not confirmed it.
 */
export interface Restoring {
  readonly status: 'restoring'
  readonly subject: null
  readonly claims: null
  readonly accessExpiresAt: null
  readonly endsAt: null
  readonly warning: null
  readonly end: null
  /** As when {@link LoggedOut}. */
  readonly parked: number | null
  /** As when {@link LoggedOut}. */
  readonly cover: SessionEnd | null
}

/** The state before anything is known; where there is no page, for good. */
export const RESTORING: Restoring = {
  status: 'restoring',
  subject: null,
  claims: null,
  accessExpiresAt: null,
  endsAt: null,
  warning: null,
  end: null,
  parked: null,
  cover: null,
}

/** A user is signed in. Requests get a token when they need one. */
export interface LoggedIn {
  readonly status: 'logged-in'
  readonly subject: string | null
  /** For display only: decoded, never verified. `null` while the access token is opaque or not fetched yet. */
  readonly claims: Claims | null
  readonly accessExpiresAt: number | null
  /** When the session ends unless something moves that, in epoch milliseconds; `null` when no limit is known. */
  readonly endsAt: number | null
  /** Open while the session is about to end; `null` while it is not. */
  readonly warning: SessionWarning | null
  readonly end: null
  /** How many calls of the user's last session are still to be sent, one after the other; `null` if there are none. */
  readonly parked: number | null
  /** Set while another user is signed in than the one this page was left by: reset the page, then open it anew. */
  readonly cover: SessionEnd | null
}

/** No user is signed in. */
export interface LoggedOut {
  readonly status: 'logged-out'
  readonly subject: null
  readonly claims: null
  readonly accessExpiresAt: null
  readonly endsAt: null
  readonly warning: null
  /** Why the last session ended; `null` if none is known to have. */
  readonly end: SessionEnd | null
  /** With `stay`: how many calls wait for the user to sign in again; `null` while calls do not wait. */
  readonly parked: number | null
  /**
   * With `stay`: the end after which this page waits for its user. Cover what the page shows while this is set. It stays set
   * until the same user is signed in again, even after the calls that waited were given up.
   */
  readonly cover: SessionEnd | null
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

/** The end of a session, as every tab is told of it. */
export interface SessionEnd {
  readonly reason: EndReason
  /** Who ended it. A page that is loaded after the end is told `other-tab`, even if the same tab ended it before a reload. */
  readonly initiator: 'this-tab' | 'other-tab' | 'server'
  /** Epoch milliseconds. */
  readonly at: number
  /** Epoch milliseconds; `null` when no tab had an idle timeout. */
  readonly lastActivityAt: number | null
  readonly subject: string | null
}

/** A session began, or was found when the page opened. */
export interface SessionStart {
  readonly subject: string | null
  readonly initiator: 'this-tab' | 'other-tab' | 'restored'
}

/** Which limit runs out: the idle timeout, a limit of the server, or the last token after the server refused to renew. */
export type ExpiryCause = 'idle' | 'session-limit' | 'refresh-limit' | 'refresh-rejected'

/** The session is about to end, and what can be done about it. */
export interface SessionWarning {
  readonly cause: ExpiryCause
  /**
   * Epoch milliseconds. Compute the remainder from it with each tick: timers stand still while a computer sleeps. It may have
   * passed while the answer to `extend()` is awaited.
   */
  readonly endsAt: number
  /** `false`: the user cannot stay. Say so, and offer to save instead. */
  readonly extendable: boolean
  /** As `session.extend()`. */
  extend(): Promise<ExtendResult>
  /** As `session.logout()`. */
  logout(): Promise<LogoutResult>
}

/** Whether the user may stay. */
export type ExtendResult =
  | { readonly ok: true; readonly endsAt: number | null }
  | {
      readonly ok: false
      /**
       * Why the session has ended; `no_session`: no user is signed in; `refresh_unavailable`: the server cannot be reached,
       * try again; `not_extendable`: the server does not move its limit, or the session has neither `idle` nor `warnings`.
       */
      readonly reason: EndReason | 'no_session' | 'refresh_unavailable' | 'not_extendable'
    }

/** What is known of a logout at the server. In this browser the session is over in any case. */
export interface LogoutResult {
  /**
   * `told`: the server has confirmed it. `later`: the server has not answered yet; it is told in the background, and again
   * if it cannot be reached. `nothing-to-tell`: no user was signed in, or this session was over already.
   */
  readonly server: 'told' | 'later' | 'nothing-to-tell'
}

/** The server wants a stronger or fresher sign-in (RFC 9470 §3). */
export interface StepUp {
  readonly acrValues: readonly string[]
  readonly maxAgeMs: number | null
}

/** Something that the server has pushed, for the application. */
export interface ServerEvent {
  /** `message` if the server names none. */
  readonly type: string
  readonly data: string
  /** `null` if the server gives none. */
  readonly id: string | null
}

/** Events of the session: delivered in order, after the fact, never awaited. */
export interface SessionEvents {
  started: SessionStart
  refreshed: { readonly accessExpiresAt: number | null; readonly by: 'this-tab' | 'other-tab' }
  'refresh-failed': { readonly retryAt: number; readonly status: number | null }
  /** The session is about to end: once for each warning in every tab, also in a tab that opens during the warning. */
  expiring: SessionWarning
  /** A warning is over, and the session goes on. */
  extended: { readonly endsAt: number | null }
  ended: SessionEnd
  'step-up': StepUp & { readonly url: string }
  /** Something of the platform is missing, and what stands in for it. */
  degraded: Degradation
  /** The server has pushed something. The only event that is not logged: it may hold anything. */
  'server-event': ServerEvent
}

/**
 * Why a tab refreshes by itself although a worker is there for it. `no-answer`: the worker could not be started, or is silent.
 * `other-release`: it runs another version of latchkey. `other-session`: it has another transport or storage than the page.
 * `needs-page`: the transport needs something that only a page has, such as `document` in its `headers`; the worker's own
 * console says what.
 */
export type WorkerLoss = 'no-answer' | 'other-release' | 'other-session' | 'needs-page'

/**
 * A browser feature that is missing, and the replacement that the session uses.
 *
 * @see {@link https://github.com/latchkey/latchkey/blob/main/docs/errors.md#degradations}, where each is an anchor: `#degraded-locks`
 */
export type Degradation =
  | { readonly missing: 'locks'; readonly to: 'lease' }
  | { readonly missing: 'channel'; readonly to: 'polling' }
  | { readonly missing: 'record'; readonly to: 'local-storage' | 'memory' }
  | { readonly missing: 'crypto'; readonly to: 'plain-text' }
  | { readonly missing: 'worker'; readonly to: 'tab'; readonly because: WorkerLoss }
