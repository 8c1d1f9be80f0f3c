/** An access token that is refused. Its message says why, and never contains the token. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  /** The error code of RFC 6750 §3.1. The status of the answer is 401. */
  readonly code = 'invalid_token'

  /** The value of the header `WWW-Authenticate` of the answer. */
  get challenge(): string {
    return `Bearer error="${this.code}", error_description="${this.message}"`
  }
}
