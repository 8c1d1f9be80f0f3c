import type { EndReason } from './session-state.ts'

/** Why the session could not do what was asked. Codes may be added in a minor release. */
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

/** What a {@link SessionError} may carry besides its code. */
export interface SessionErrorDetails extends ErrorOptions {
  readonly retryAt?: number | null | undefined
  readonly reason?: EndReason | null | undefined
}

/** The one error this library throws for anything but a mistake in how it is called. Its message never holds a token. */
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
