import type { JWTPayload } from 'jose'

/** The claims of an access token. They are shared by all requests with this token, so they are frozen. */
export type AccessTokenClaims = Readonly<JWTPayload>

/**
 * Why a token is refused: it has `expired`, its session has `ended`, or it is `invalid`. Only of an invalid one is it
 * unknown whether the issuer has signed it.
 */
export type TokenErrorReason = 'expired' | 'ended' | 'invalid'

/** An access token that is refused. Its message says why, and never contains the token. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  /** The error code of RFC 6750 §3.1. The status of the answer is 401. */
  readonly code = 'invalid_token'
  readonly reason: TokenErrorReason
  /** The claims of a token that has expired or whose session has ended; `undefined` if it is invalid. */
  readonly claims: AccessTokenClaims | undefined

  constructor(
    message: string,
    {
      reason = 'invalid',
      claims,
      cause,
    }: {
      readonly reason?: TokenErrorReason
      readonly claims?: AccessTokenClaims
      readonly cause?: unknown
    } = {},
  ) {
    super(message, { cause })
    this.reason = reason
    this.claims = claims
  }

  /** The value of the header `WWW-Authenticate` of the answer. */
  get challenge(): string {
    return `Bearer error="${this.code}", error_description="${this.message}"`
  }
}
