import type { Verify } from '../access-tokens.ts'
import type { Mode } from './mode.ts'

/**
 * Soft expiry. Besides `exp`, the token has a time `soft_exp`, after which the API wants a newer token. Its 401 says so
 * by a code: `EXPIRED_TOKEN` is renewed silently, `INVALID_TOKEN`, for any other bad token, ends the session. So a
 * client need not guess the reason of a 401. And the server, which could accept the token until `exp`, can ask for
 * renewals as early as it likes.
 */
export interface SoftClaims {
  /** Unix time in seconds. */
  readonly soft_exp?: number
}

/** When a token issued now wants to be renewed: not later than it expires. */
export function softExpiryS(issuedAtS: number, expiresAtS: number, softTtlS: number): number {
  return Math.min(expiresAtS, Math.ceil(issuedAtS + softTtlS))
}

/**
 * Adds the codes to refusals. Every service that verifies tokens uses this, so none can forget the soft expiry. A
 * server in `soft` mode calls every bad token invalid, other servers only an expired one that has a soft expiry.
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
