import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { createVerifier, TokenError } from '../../../src/server/verifier/index.ts'
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
  const verifier = createVerifier({
    ...{ key: keys.find, issuer, audience, algorithms: ['ES256'], typ: TYPE },
    requiredClaims: ['sub'],
    longestTtlS: accessTtlS + 1,
  })
  keys.onWithdrawn?.(() => verifier.forget())
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
        return (await verifier.verify(token)) as unknown as Visitor
      } catch (error) {
        if (!(error instanceof TokenError)) throw error
        const visitor =
          error.reason === 'expired' ? (error.claims as unknown as Visitor) : undefined
        return visitor && visitor.exp + leewayS > Date.now() / 1000 ? visitor : undefined
      }
    },
  }
}
