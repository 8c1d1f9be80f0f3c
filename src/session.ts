import type { AccessTokenOptions } from './core/refresh/access.ts'
import type { Diagnostics } from './core/notify/diagnostics.ts'
import type { AuthFetch } from './fetch/auth-fetch.ts'
import type { Dispose } from './ports.ts'
import type {
  ExtendResult,
  LogoutResult,
  SessionEnd,
  SessionEvents,
  SessionState,
  SessionWarning,
} from './session-state.ts'

/** A browser session, the same in every tab that opens one of the same name. */
export interface Session {
  /** `fetch`, with a good access token for requests to the allowed origins. */
  readonly authFetch: AuthFetch
  /**
   * Begins a session, in all tabs. `answer`: the answer of your login call as it came, read by the transport; nothing:
   * the server has set its cookie, fetch the first token. Rejects with `invalid_response`, and without an answer with
   * `refresh_unavailable` or `no_session`.
   */
  login(answer?: unknown): Promise<void>
  /**
   * Ends the session in all tabs. Resolves once it is over in this browser; never rejects. The server is told in the
   * background, later if it cannot be reached now. `everywhere` ends all sessions of the account, and resolves with the
   * server's answer.
   */
  logout(options?: { readonly everywhere?: boolean | undefined }): Promise<LogoutResult>
  /**
   * For what cannot use `authFetch`: a WebSocket, an upload library. Rejects with `no_session`, `refresh_unavailable`,
   * `session_ended` or `session_changed` if that happens meanwhile, or the signal's reason.
   */
  getAccessToken(options?: AccessTokenOptions): Promise<string>
  /**
   * "I am still here": has the server renew the session, and moves its end in all tabs. Without a
   * session the reason is why the last one ended. Rejects only with `disposed`.
   */
  extend(): Promise<ExtendResult>
  /** For input that this page cannot see: a cross-origin frame, a game pad. Does nothing without `idle`. */
  reportActivity(): void
  readonly state: SessionState
  /** Calls `listener` after each change of `state`. */
  subscribe(listener: () => void): Dispose
  on<E extends keyof SessionEvents>(
    event: E,
    listener: (payload: SessionEvents[E]) => void,
  ): Dispose
  /**
   * Once for each warning, in every tab; at once in one that opens while it is on. A warning is over when
   * `state.warning` is `null`, or of another cause.
   */
  onSessionExpiring(listener: (warning: SessionWarning) => void): Dispose
  /** Once for each session that ends, in every tab. */
  onSessionEnded(listener: (end: SessionEnd) => void): Dispose
  /** Settles when restoring is over; to the state that was found. Never rejects. */
  readonly ready: Promise<SessionState>
  /** Why the last session ended, once; for the login page. */
  takeLastEnd(): Promise<SessionEnd | null>
  /**
   * What to attach to a bug report: how the session stands, and the last 100 things that happened in this tab. Takes
   * half a second at most, and goes on telling after `dispose()`.
   */
  diagnostics(): Promise<Diagnostics>
  /**
   * Lets go of everything this page holds, and tells its listeners nothing more. The session itself goes on, in other
   * tabs and after a reload.
   */
  dispose(): void
}
