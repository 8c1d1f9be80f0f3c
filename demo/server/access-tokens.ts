import { randomUUID } from 'node:crypto'
import { createLocalJWKSet, errors, importJWK, jwtVerify, SignJWT, type JSONWebKeySet } from 'jose'
import type { Config } from './config.ts'
import type { Grant } from './refresh-tokens.ts'
import type { SigningKey } from './signing-keys.ts'

/** What an API learns about its caller from the token alone. */
export interface AccessClaims {
  readonly sub: string
  readonly username: string
  readonly sid: string
  readonly exp: number
}

export interface AccessTokens {
  sign(
    grant: Pick<Grant, 'sid' | 'subject' | 'username' | 'issuedAtS' | 'familyEndsInS'>,
  ): Promise<{ readonly token: string; readonly expiresInS: number }>
  /** Returns the claims, or why the token cannot be believed. Asks nobody: anyone with `jwks` can do this. */
  verify(token: string): Promise<AccessClaims | { readonly refused: string }>
  /** The public half of the keys. */
  readonly jwks: JSONWebKeySet
}

/** Signs and checks access tokens: RFC 9068 JWTs under ES256. The first of `keys` signs, all of them are believed. */
export async function createAccessTokens(
  { issuer, audience, accessTtlS }: Pick<Config, 'issuer' | 'audience' | 'accessTtlS'>,
  keys: readonly [SigningKey, ...SigningKey[]],
): Promise<AccessTokens> {
  const { kid } = keys[0]
  const privateKey = await importJWK(keys[0], 'ES256')
  const jwks = { keys: keys.map(publicHalf) }
  const findKey = createLocalJWKSet(jwks)

  return {
    jwks,

    async sign({ subject, username, sid, issuedAtS, familyEndsInS }) {
      // A JWT counts whole seconds: rounded so that the token lives as long as `expires_in` says, and never past its family.
      const expiresAtS = Math.min(
        Math.ceil(issuedAtS + accessTtlS),
        // But for a last second: a token that is born expired tells its client nothing.
        Math.floor(issuedAtS + Math.max(familyEndsInS, 1)),
      )
      const token = await new SignJWT({ sid, username })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(subject)
        .setIssuedAt(Math.floor(issuedAtS))
        .setExpirationTime(expiresAtS)
        .setJti(randomUUID())
        .sign(privateKey)
      return { token, expiresInS: Math.max(0, Math.floor(expiresAtS - issuedAtS)) }
    },

    async verify(token) {
      try {
        const { payload } = await jwtVerify<AccessClaims>(token, findKey, {
          issuer,
          audience,
          algorithms: ['ES256'],
          typ: 'at+jwt',
          requiredClaims: ['sub', 'username', 'sid', 'exp'],
        })
        return payload
      } catch (error) {
        if (error instanceof errors.JWTExpired) return { refused: 'The access token has expired.' }
        if (error instanceof errors.JOSEError) return { refused: 'The access token is not valid.' }
        throw error
      }
    },
  }
}

/** Names what may be seen, rather than what may not: a field that somebody adds stays private. */
function publicHalf({ kty, crv, x, y, kid, alg, use }: SigningKey) {
  return { kty, crv, x, y, kid, alg, use } as JSONWebKeySet['keys'][number]
}
