import { randomUUID } from 'node:crypto'
import { errors, jwtVerify, SignJWT, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose'
import type { Config } from './config.ts'
import type { Life } from './refresh-tokens.ts'
import type { SigningKeys } from './signing-keys.ts'
import { accessTtlOf, hasSingleToken, type SingleTokenMode } from './strategies/mode.ts'
import { softExpiryS, withSoftExpiry, type SoftClaims } from './strategies/soft-expiry.ts'

/** What an API learns about its caller from the token alone. */
export interface AccessClaims extends SoftClaims {
  readonly sub: string
  readonly username: string
  readonly sid: string
  readonly iat: number
  readonly exp: number
  /** How this token is exchanged for the next one, if the client has no other token. */
  readonly use?: SingleTokenMode
  readonly role?: string
  /** When the user last entered the password (OpenID Connect Core §2), in Unix seconds. */
  readonly auth_time?: number
  /** The last change of the account at the time of signing: see revocations.ts. Left out before the first change. */
  readonly changed_at?: number
}

export interface AccessTokens {
  sign(life: Life): Promise<SignedToken>
  readonly verify: Verify
  /** The `jti` of an access token that this server has signed, expired or not. */
  nameOf(token: string): Promise<string | undefined>
}

export interface SignedToken {
  readonly token: string
  readonly expiresInS: number
  /** In how many seconds the token wants to be renewed, if it has a soft expiry. */
  readonly softExpiresInS: number | undefined
}

/** Returns the claims, or why the token is refused. It needs the public keys only, so any service can do this. */
export type Verify = (token: string) => Promise<AccessClaims | RefusedToken>

export interface RefusedToken {
  /** A sentence for people. */
  readonly refused: string
  /** A code for clients that go by codes. */
  readonly code?: 'EXPIRED_TOKEN' | 'INVALID_TOKEN'
  /** The claims, if the only thing wrong with the token is that it has expired. */
  readonly expired?: AccessClaims
}

/** Signs and checks access tokens: RFC 9068 JWTs under ES256. */
export function createAccessTokens(
  config: Pick<Config, 'issuer' | 'audience' | 'mode' | 'accessTtlS' | 'renewTtlS' | 'softTtlS'>,
  keys: Pick<SigningKeys, 'signingAt' | 'find'>,
): AccessTokens {
  return {
    async sign({ subject, username, sid, mode, accessJti, issuedAtS, familyEndsInS, ...more }) {
      // A JWT counts whole seconds. Rounded so that the token lives as long as `expires_in` says, and never longer than
      // its family.
      const expiresAtS = Math.min(
        Math.ceil(issuedAtS + accessTtlOf(mode, config)),
        // At least one second is left: a client could do nothing with a token that has expired already.
        Math.floor(issuedAtS + Math.max(familyEndsInS, 1)),
      )
      const softS =
        mode === 'soft' ? softExpiryS(issuedAtS, expiresAtS, config.softTtlS) : undefined
      const { kid, privateKey } = await keys.signingAt(issuedAtS)
      const token = await new SignJWT({
        sid,
        username,
        ...(hasSingleToken(mode) && { use: mode }),
        ...(softS !== undefined && { soft_exp: softS }),
        role: more.role,
        auth_time: Math.floor(more.authTimeS),
        ...(more.changedAtUs > 0 && { changed_at: more.changedAtUs }),
      })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
        .setIssuer(config.issuer)
        .setAudience(config.audience)
        .setSubject(subject)
        .setIssuedAt(Math.floor(issuedAtS))
        .setExpirationTime(expiresAtS)
        .setJti(accessJti ?? randomUUID())
        .sign(privateKey)
      const secondsTo = (atS: number) => Math.max(0, Math.floor(atS - issuedAtS))
      return {
        token,
        expiresInS: secondsTo(expiresAtS),
        softExpiresInS: softS === undefined ? undefined : secondsTo(softS),
      }
    },

    verify: createVerify(config, keys.find),

    async nameOf(token) {
      try {
        const asAccessToken = { ...wantedOf(config), currentDate: new Date(0) }
        return (await jwtVerify(token, keys.find, asAccessToken)).payload.jti
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined
        throw error
      }
    },
  }
}

/** Checks tokens of one issuer for one audience, with the keys that `findKey` knows. */
export function createVerify(
  config: Pick<Config, 'issuer' | 'audience' | 'mode'>,
  findKey: JWTVerifyGetKey,
): Verify {
  return withSoftExpiry(async (token) => {
    try {
      return (await jwtVerify<AccessClaims>(token, findKey, wantedOf(config))).payload
    } catch (error) {
      if (error instanceof errors.JWTExpired)
        return {
          refused: 'The access token has expired.',
          expired: error.payload as unknown as AccessClaims,
        }
      if (error instanceof errors.JOSEError) return { refused: 'The access token is not valid.' }
      throw error
    }
  }, config.mode)
}

function wantedOf({ issuer, audience }: Pick<Config, 'issuer' | 'audience'>): JWTVerifyOptions {
  return {
    issuer,
    audience,
    algorithms: ['ES256'],
    typ: 'at+jwt',
    requiredClaims: ['sub', 'username', 'sid', 'iat', 'exp'],
  }
}
