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
   * Begins a session in all tabs. `answer` is the parsed answer of your login call; the transport reads it. Without it, the
   * server has set a cookie, and the first token is fetched with that; with `refresh_unavailable` the status stays `restoring`
   * until the server answers. Rejects with `invalid_response`, also without an answer where tokens come in bodies; with
   * `refresh_unavailable` and, without an answer, `no_session`.
   */
  login(answer?: unknown): Promise<void>
  /**
   * Ends the session in all tabs. Resolves once it is over in this browser, and says what is known of the server, which is
   * told in the background. `everywhere` ends all sessions of the account, and waits for the server's answer. Never
   * rejects.
   */
  logout(options?: { readonly everywhere?: boolean | undefined }): Promise<LogoutResult>
  /**
   * The access token, for what cannot use `authFetch`: a WebSocket, an upload library. Rejects with `no_session`,
   * `token_not_readable` (an HttpOnly cookie), `refresh_unavailable`, the signal's reason, or, if that happens meanwhile,
   * `session_ended` or `session_changed`.
   */
  getAccessToken(options?: AccessTokenOptions): Promise<string>
  /**
   * The user wants to stay: has the server renew the session, and moves its end in all tabs. Without a session, the reason
   * is why the last one ended; without the options `idle` and `warnings` it is `not_extendable`. Rejects only with
   * `disposed`.
   */
  extend(): Promise<ExtendResult>
  /** Reports activity that this page cannot see: in a cross-origin frame, by a game pad. Does nothing without `idle`. */
  reportActivity(): void
  readonly state: SessionState
  /** Calls `listener` after each change of `state`. */
  subscribe(listener: () => void): Dispose
  on<E extends keyof SessionEvents>(
    event: E,
    listener: (payload: SessionEvents[E]) => void,
  ): Dispose
  /**
   * Calls `listener` once for each warning in every tab, also in a tab that opens during the warning. A warning is over
   * when `state.warning` is `null` or has another cause.
   */
  onSessionExpiring(listener: (warning: SessionWarning) => void): Dispose
  /** Calls `listener` once for each session that ends, in every tab. */
  onSessionEnded(listener: (end: SessionEnd) => void): Dispose
  /** Resolves when restoring is over, to the state that was found. Never rejects. */
  readonly ready: Promise<SessionState>
  /**
   * Resolves to why the last session ended, in every tab and as often as you like, until the next session begins; for the
   * login page. `null` if no session has ended, or one has begun since.
   */
  takeLastEnd(): Promise<SessionEnd | null>
  /**
   * What to attach to a bug report: the state of the session, and the last 100 events of this tab; `null` without the
   * option `diagnostics`. Takes half a second at most, and works after `dispose()`, too.
   */
  diagnostics(): Promise<Diagnostics | null>
  /**
   * Releases everything this page holds; its listeners are not called any more. The session itself goes on, in other tabs
   * and after a reload.
   */
  dispose(): void
}
