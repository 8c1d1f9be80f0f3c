import { errors } from 'jose'
import { TokenError, type AccessTokenClaims } from './token-error.ts'

/** The refusal of a token that has expired. */
export function expired(claims: AccessTokenClaims): TokenError {
  return new TokenError('The token has expired.', { reason: 'expired', claims })
}

/** The refusal of a token for one of its claims. */
export function notAccepted(claim: string): TokenError {
  return new TokenError(`The claim ${claim} of the token is missing or not accepted.`)
}

const MALFORMED = 'The token is malformed, or its algorithm is not accepted.'
const UNKNOWN_KEY = 'The token is signed with an unknown key.'
const MESSAGES: Readonly<Record<string, string>> = {
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'The signature of the token is wrong.',
  ERR_JWKS_NO_MATCHING_KEY: UNKNOWN_KEY,
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: UNKNOWN_KEY,
  ERR_JWS_INVALID: MALFORMED,
  ERR_JWT_INVALID: MALFORMED,
  ERR_JOSE_ALG_NOT_ALLOWED: MALFORMED,
  ERR_JOSE_NOT_SUPPORTED: MALFORMED,
}

/** The refusal that an error of jose means; the error itself if it says nothing about the token. */
export function refusalOf(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return expired(error.payload)
  if (error instanceof errors.JWTClaimValidationFailed) return notAccepted(error.claim)
  // jose throws one for a token whose algorithm does not fit the key.
  if (error instanceof TypeError) return new TokenError(MALFORMED, { cause: error })
  const message = error instanceof errors.JOSEError ? MESSAGES[error.code] : undefined
  return message === undefined ? error : new TokenError(message)
}
