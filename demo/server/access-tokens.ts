import { randomUUID } from 'node:crypto'
import { errors, jwtVerify, SignJWT, type JWTVerifyGetKey } from 'jose'
import type { Config } from './config.ts'
import type { Grant } from './refresh-tokens.ts'
import type { SigningKeys } from './signing-keys.ts'

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
  readonly verify: Verify
}

/** Returns the claims, or why the token cannot be believed. Asks nobody: anyone with the public keys can do this. */
export type Verify = (token: string) => Promise<AccessClaims | { readonly refused: string }>

/** Signs and checks access tokens: RFC 9068 JWTs under ES256. */
export function createAccessTokens(
  { issuer, audience, accessTtlS }: Pick<Config, 'issuer' | 'audience' | 'accessTtlS'>,
  keys: Pick<SigningKeys, 'signingAt' | 'find'>,
): AccessTokens {
  return {
    async sign({ subject, username, sid, issuedAtS, familyEndsInS }) {
      // A JWT counts whole seconds: rounded so that the token lives as long as `expires_in` says, and never past its family.
      const expiresAtS = Math.min(
        Math.ceil(issuedAtS + accessTtlS),
        // But for a last second: a token that is born expired tells its client nothing.
        Math.floor(issuedAtS + Math.max(familyEndsInS, 1)),
      )
      const { kid, privateKey } = await keys.signingAt(issuedAtS)
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

    verify: createVerify({ issuer, audience }, keys.find),
  }
}

/** Checks tokens of one issuer for one audience, with the keys that `findKey` knows. */
export function createVerify(
  { issuer, audience }: Pick<Config, 'issuer' | 'audience'>,
  findKey: JWTVerifyGetKey,
): Verify {
  return async (token) => {
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
  }
}
