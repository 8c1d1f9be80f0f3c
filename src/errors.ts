import type { EndReason } from './session-state.ts'

/**
 * Why a call failed. Minor releases may add codes. What each one means and what to do:
 *
 * @see {@link https://github.com/latchkey/latchkey/blob/main/docs/errors.md#errors}, where each code is an anchor
 */
export type SessionErrorCode =
  | 'no_session'
  | 'token_not_readable'
  | 'session_ended'
  | 'session_changed'
  | 'refresh_unavailable'
  | 'invalid_response'
  | 'reentrant'
  | 'no_page'
  | 'key_unavailable'
  | 'disposed'

/** What a {@link SessionError} may hold besides its code. */
export interface SessionErrorDetails extends ErrorOptions {
  readonly retryAt?: number | null | undefined
  readonly reason?: EndReason | null | undefined
}

/** The error of all failures except misuse, which is a `TypeError`. Its message never contains a token. */
export class SessionError extends Error {
  override readonly name = 'SessionError'
  readonly code: SessionErrorCode
  /** With `refresh_unavailable`: when the next attempt is due, epoch milliseconds. */
  readonly retryAt: number | null
  /** With `session_ended`: why it ended. */
  readonly reason: EndReason | null

  constructor(code: SessionErrorCode, message: string, details: SessionErrorDetails = {}) {
    super(message, details)
    this.code = code
    this.retryAt = details.retryAt ?? null
    this.reason = details.reason ?? null
  }
}

/**
 * Tells whether `error` is a {@link SessionError}, of the given code if there is one. Works across realms and
 * duplicate copies of the package, unlike `instanceof`.
 */
export function isSessionError<C extends SessionErrorCode = SessionErrorCode>(
  error: unknown,
  code?: C,
): error is SessionError & { readonly code: C } {
  const candidate = error as Partial<SessionError> | null | undefined
  return candidate?.name === 'SessionError' && (code === undefined || candidate.code === code)
}
