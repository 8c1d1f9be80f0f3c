import type { Verify } from '../access-tokens.ts'
import type { Mode } from './mode.ts'

/**
 * Soft expiry. The token carries a time besides `exp`, `soft_exp`, after which the API wants another one, and says so in
 * its 401 by a code: `EXPIRED_TOKEN` is renewed in silence, `INVALID_TOKEN`, which is all that is told of any other
 * token, ends the session. So a client need not guess from a bare 401 which of the two it has met; and the server, which
 * believes the token until `exp` in principle, can ask for renewals as early as it likes.
 */
export interface SoftClaims {
  /** Unix time in seconds. */
  readonly soft_exp?: number
}

/** When a token issued now is to be renewed: never later than it expires. */
export function softExpiryS(issuedAtS: number, expiresAtS: number, softTtlS: number): number {
  return Math.min(expiresAtS, Math.ceil(issuedAtS + softTtlS))
}

/**
 * Adds the codes to what refuses tokens. Whatever believes tokens goes through here, so no service can forget to look at
 * the soft time. A server in `soft` mode names every bad token invalid; others only tokens that once had a soft time.
 */
export function withSoftExpiry(verify: Verify, mode: Mode | undefined): Verify {
  return async (token) => {
    const outcome = await verify(token)
    if ('refused' in outcome) {
      const isSoft = mode === 'soft' || outcome.expired?.soft_exp !== undefined
      return isSoft ? { ...outcome, code: 'INVALID_TOKEN' } : outcome
    }
    const { soft_exp = Infinity } = outcome
    if (Date.now() / 1000 < soft_exp) return outcome
    return { refused: 'The access token is due to be renewed.', code: 'EXPIRED_TOKEN' }
  }
}
