import type { Verify } from '../../server/access-tokens.ts'
import type { Config } from '../../config.ts'
import type { Extension } from '../../server/extension.ts'
import type { Mode } from './mode.ts'

declare module '../../server/access-tokens.ts' {
  interface AccessClaims {
    /** When the API wants a newer token, in Unix seconds. */
    readonly soft_exp?: number
  }
}

/**
 * Soft expiry. Besides `exp`, the token has a time `soft_exp`, after which the API wants a newer token. Its 401 says so
 * by a code: `EXPIRED_TOKEN` is renewed silently, `INVALID_TOKEN`, for any other bad token, ends the session. So a
 * client need not guess the reason of a 401. And the server, which could accept the token until `exp`, can ask for
 * renewals as early as it likes.
 */
export function softExpiry({ mode, softTtlS }: Pick<Config, 'mode' | 'softTtlS'>): Extension {
  return {
    accessToken(token, { data }) {
      if (data.mode !== 'soft') return token
      const { issuedAtS, expiresAtS } = token
      const softS = Math.min(expiresAtS, Math.ceil(issuedAtS + softTtlS))
      const softExpiresInS = Math.max(0, Math.floor(softS - issuedAtS))
      return {
        ...token,
        claims: { ...token.claims, soft_exp: softS },
        answer: { ...token.answer, soft_expires_in: softExpiresInS },
      }
    },

    verify: (verify) => withSoftExpiry(verify, mode),
  }
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
