import { randomUUID } from 'node:crypto'
import { SignJWT, type JWTVerifyGetKey } from 'jose'
import { createVerifier, TokenError } from '../../src/server/verifier/index.ts'
import type { Config } from '../config.ts'
import type { Extension } from './extension.ts'
import type { Session } from './sessions.ts'

/** What an API learns about its caller from the token alone. */
export interface AccessClaims {
  readonly sub: string
  readonly username: string
  readonly sid: string
  readonly jti?: string
  readonly iat: number
  readonly exp: number
}

/** An access token that is about to be signed. */
export interface AccessToken {
  readonly claims: Readonly<Record<string, unknown>>
  /** Unix time in seconds by the clock of the store, not rounded. */
  readonly issuedAtS: number
  /** In whole seconds. */
  readonly expiresAtS: number
  /** Members of the token response, in place of the kit's. */
  readonly answer: Readonly<Record<string, unknown>>
}

/** Signs and checks access tokens: RFC 9068 JWTs under ES256. */
export interface AccessTokens {
  /** Signs a token; returns the members that it adds to the token response. */
  issue(
    session: Session,
    life: { readonly at: number; readonly expiresInS: number },
  ): Promise<{ readonly access_token: string; readonly [member: string]: unknown }>
  readonly verify: Verify
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

/** The keys that sign and verify. */
export interface Keys {
  /** The key that signs at this time, in Unix seconds. */
  signingAt(issuedAtS: number): Promise<{ readonly kid: string; readonly privateKey: CryptoKey }>
  readonly find: JWTVerifyGetKey
  /** Calls back when a key is gone, so that a token of it is not accepted from memory. */
  readonly onWithdrawn?: (forget: () => void) => void
}

/** The issuer and the audience of access tokens, and their longest lifetimes. */
export type VerifyConfig = Pick<Config, 'issuer' | 'audience' | 'accessTtlS' | 'renewTtlS'>

/** Creates the access tokens of this server, changed by its extensions. */
export function createAccessTokens(
  config: VerifyConfig,
  keys: Keys,
  extensions: readonly Pick<Extension, 'accessToken'>[],
): AccessTokens {
  return {
    async issue(session, { at, expiresInS }) {
      const issuedAtS = at / 1000
      const wanted = extensions.reduce<AccessToken>(
        (token, { accessToken }) => accessToken?.(token, session) ?? token,
        {
          claims: { sid: session.sid, username: session.data.username, jti: randomUUID() },
          issuedAtS,
          expiresAtS: expiryOf(issuedAtS, expiresInS, session.endsAt / 1000),
          answer: {},
        },
      )
      const { kid, privateKey } = await keys.signingAt(issuedAtS)
      const token = await new SignJWT(wanted.claims)
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
        .setIssuer(config.issuer)
        .setAudience(config.audience)
        .setSubject(session.subject)
        .setIssuedAt(Math.floor(issuedAtS))
        .setExpirationTime(wanted.expiresAtS)
        .sign(privateKey)
      const left = Math.max(0, Math.floor(wanted.expiresAtS - issuedAtS))
      return { access_token: token, expires_in: left, ...wanted.answer }
    },

    verify: createVerify(config, keys),
  }
}

/**
 * A JWT counts whole seconds. Rounded so that the token lives as long as `expires_in` says, and never longer than its
 * session. At least one second is left: a client could do nothing with a token that has expired already.
 */
function expiryOf(issuedAtS: number, expiresInS: number, endsAtS: number): number {
  return Math.min(Math.ceil(issuedAtS + expiresInS), Math.floor(Math.max(endsAtS, issuedAtS + 1)))
}

/**
 * Checks tokens of one issuer for one audience, each once, with the keys that `find` knows. Another service can do the
 * same with the published keys.
 */
export function createVerify(
  { issuer, audience, ...lives }: VerifyConfig,
  { find, onWithdrawn }: Pick<Keys, 'find' | 'onWithdrawn'>,
): Verify {
  const verifier = createVerifier({
    ...{ key: find, issuer, audience, algorithms: ['ES256'], typ: 'at+jwt' },
    requiredClaims: ['sub', 'username', 'sid'],
    // A token lives to the end of a whole second.
    longestTtlS: Math.max(lives.accessTtlS, lives.renewTtlS) + 1,
  })
  onWithdrawn?.(() => verifier.forget())
  return async (token) => {
    try {
      return (await verifier.verify(token)) as unknown as AccessClaims
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      return error.reason === 'expired'
        ? {
            refused: 'The access token has expired.',
            expired: error.claims as unknown as AccessClaims,
          }
        : { refused: 'The access token is not valid.' }
    }
  }
}
