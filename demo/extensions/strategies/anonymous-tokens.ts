import { randomUUID } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import type { Keys } from '../../server/access-tokens.ts'
import type { Config } from '../../config.ts'

/** A visitor, who has a token but no account. */
export interface Visitor {
  readonly sub: string
  readonly exp: number
}

/**
 * Tokens for visitors. Their type (RFC 8725 §3.11) keeps them from being accepted as access tokens of an account, and
 * the other way round, although the same keys sign both.
 */
export interface AnonymousTokens {
  /** Signs a token for a new visitor, or another one for `visitor`. */
  sign(
    nowS: number,
    visitor?: Pick<Visitor, 'sub'>,
  ): Promise<{ readonly token: string; readonly expiresInS: number }>
  /** The visitor of this token; `undefined` if it is not valid, or expired more than `leewayS` ago. */
  read(token: string, leewayS?: number): Promise<Visitor | undefined>
}

const TYPE = 'anonymous+jwt'

export function createAnonymousTokens(
  { issuer, audience, accessTtlS }: Pick<Config, 'issuer' | 'audience' | 'accessTtlS'>,
  keys: Keys,
): AnonymousTokens {
  return {
    async sign(nowS, { sub } = { sub: `anonymous:${randomUUID()}` }) {
      const { kid, privateKey } = await keys.signingAt(nowS)
      const token = await new SignJWT()
        .setProtectedHeader({ alg: 'ES256', typ: TYPE, kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(sub)
        .setIssuedAt(Math.floor(nowS))
        .setExpirationTime(Math.ceil(nowS + accessTtlS))
        .sign(privateKey)
      return { token, expiresInS: accessTtlS }
    },

    async read(token, leewayS = 0) {
      try {
        const { payload } = await jwtVerify<Visitor>(token, keys.find, {
          issuer,
          audience,
          algorithms: ['ES256'],
          typ: TYPE,
          requiredClaims: ['sub', 'exp'],
          clockTolerance: leewayS,
        })
        return payload
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined
        throw error
      }
    },
  }
}
