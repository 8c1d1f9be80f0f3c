import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  jwtVerify,
  type CryptoKey,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose'
import { misuse } from '../../misuse.ts'
import { createRefusals, type RefusedTokens } from './refusals.ts'
import { TokenError } from './token-error.ts'

/** Options of {@link createVerifier}: one key, or a set of them. */
export type VerifierOptions = Expectations & (WithKey | WithKeySet)

interface WithKey {
  /** The public key, or the bytes of a shared secret. */
  readonly key: CryptoKey | JWK | Uint8Array
}

interface WithKeySet {
  /** The URL of a JSON Web Key Set, which is fetched when it is needed, or the set itself. */
  readonly jwks: string | JSONWebKeySet
}

interface Expectations {
  /** The `iss` that a token must have. */
  readonly issuer: string
  /** The `aud` that a token must have. */
  readonly audience: string
  /** The `typ` of the header: `'at+jwt'` for tokens of RFC 9068. @default any */
  readonly typ?: string | undefined
  /** @default all that fit the key */
  readonly algorithms?: readonly string[] | undefined
  /**
   * No token is accepted for longer than this after its `iat`, in seconds. For as long, a refusal is kept. At least the
   * life of an access token. @default 3600
   */
  readonly longestTtlS?: number | undefined
  /** By how much the clock of the issuer may differ, in seconds. @default 0 */
  readonly leewayS?: number | undefined
  /** How many verified tokens are remembered. @default 10000 */
  readonly remembered?: number | undefined
  /** The current time in epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined
}

/** The claims of an access token. They are shared by all requests with this token, so they are frozen. */
export type AccessTokenClaims = Readonly<JWTPayload>

/** Verifies access tokens, each once. */
export interface Verifier {
  /**
   * The claims of a token. Rejects with a {@link TokenError} if it is not valid, has expired or was refused, and with
   * another error if keys could not be loaded.
   */
  verify(token: string): Promise<AccessTokenClaims>
  /**
   * From now on, refuses tokens with this `sid`, or those of a subject that were issued before a moment. Tokens count
   * whole seconds: one that was issued within the same second as `before` is refused.
   */
  refuse(refused: RefusedTokens): void
}

interface Verified {
  readonly claims: AccessTokenClaims
  readonly issuedAt: number
  readonly expiresAt: number
}

/**
 * Creates a verifier of JWTs for an API. A token is verified once and remembered until it expires, so that a request costs
 * a look into a table. What it has to forget before that, it verifies again. Throws a `TypeError` that names an option
 * which cannot be used.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { issuer, audience, typ, algorithms, longestTtlS = 3_600, leewayS = 0 } = options
  // eslint-disable-next-line no-restricted-globals -- a server has one clock, and it can be passed in
  const { remembered: most = 10_000, now = Date.now } = options
  for (const [name, value] of Object.entries({ issuer, audience }))
    if (typeof value !== 'string' || value === '') throw misuse(name, 'a string', value)
  for (const [name, value, least] of [
    ['longestTtlS', longestTtlS, 1],
    ['leewayS', leewayS, 0],
    ['remembered', most, 0],
  ] as const)
    if (!(typeof value === 'number' && value >= least && Number.isFinite(value)))
      throw misuse(name, `a number from ${least}`, value)
  const keyFor = keySourceOf(options)
  const refusals = createRefusals((longestTtlS + leewayS) * 1000)
  /** The tokens used last are at the end. */
  const remembered = new Map<string, Verified>()
  const pending = new Map<string, Promise<Verified>>()

  function recall(token: string): Verified | undefined {
    const verified = remembered.get(token)
    if (verified === undefined) return undefined
    remembered.delete(token)
    remembered.set(token, verified)
    return verified
  }

  async function check(token: string): Promise<Verified> {
    const expected = {
      ...{ issuer, audience, maxTokenAge: longestTtlS, clockTolerance: leewayS },
      ...{ requiredClaims: ['exp'], ...(typ !== undefined && { typ }) },
      ...(algorithms !== undefined && { algorithms: [...algorithms] }),
      // eslint-disable-next-line no-restricted-globals -- of the clock that was passed in
      currentDate: new Date(now()),
    }
    const { payload } = await jwtVerify(token, keyFor, expected).catch((error: unknown) => {
      throw refusalOf(error)
    })
    const { exp = 0, iat = 0 } = payload
    const expiresAt = (Math.min(exp, iat + longestTtlS) + leewayS) * 1000
    const verified = { claims: freeze(payload), issuedAt: iat * 1000, expiresAt }
    remembered.set(token, verified)
    for (const oldest of remembered.keys()) {
      if (remembered.size <= most) break
      remembered.delete(oldest)
    }
    return verified
  }

  function checkOnce(token: string): Promise<Verified> {
    const running = pending.get(token)
    if (running) return running
    const checking = check(token).finally(() => pending.delete(token))
    pending.set(token, checking)
    return checking
  }

  return {
    async verify(token) {
      const { claims, issuedAt, expiresAt } = recall(token) ?? (await checkOnce(token))
      if (expiresAt <= now()) {
        remembered.delete(token)
        throw new TokenError(EXPIRED)
      }
      if (refusals.has({ sid: claims['sid'], subject: claims.sub, issuedAt })) {
        remembered.delete(token)
        throw new TokenError('The session of the token has ended.')
      }
      return claims
    },
    refuse: (refused) => refusals.add(refused, now()),
  }
}

function keySourceOf(options: VerifierOptions): JWTVerifyGetKey {
  const { key, jwks } = options as Partial<WithKey & WithKeySet>
  if (key !== undefined) {
    if (typeof key !== 'object' || (key as unknown) === null)
      throw misuse('key', 'a CryptoKey, a JWK or the bytes of a secret', key)
    return () => Promise.resolve(key as CryptoKey)
  }
  if (typeof jwks === 'object' && Array.isArray((jwks as Partial<JSONWebKeySet> | null)?.keys))
    return createLocalJWKSet(jwks)
  if (typeof jwks !== 'string' || !URL.canParse(jwks))
    throw misuse('jwks', 'an absolute URL, or a JSON Web Key Set', jwks)
  const remote = createRemoteJWKSet(new URL(jwks))
  return (header, token) =>
    remote(header, token).catch((error: unknown) => {
      if (error instanceof errors.JOSEError) throw error
      throw new Error('The keys could not be loaded', { cause: error })
    })
}

const EXPIRED = 'The token has expired.'
const MALFORMED = 'The token is malformed, or its algorithm is not accepted.'
const UNKNOWN_KEY = 'The token is signed with an unknown key.'
const MESSAGES: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: EXPIRED,
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'The signature of the token is wrong.',
  ERR_JWKS_NO_MATCHING_KEY: UNKNOWN_KEY,
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: UNKNOWN_KEY,
  ERR_JWS_INVALID: MALFORMED,
  ERR_JWT_INVALID: MALFORMED,
  ERR_JOSE_ALG_NOT_ALLOWED: MALFORMED,
  ERR_JOSE_NOT_SUPPORTED: MALFORMED,
}

/** The refusal that an error of jose means; the error itself if it says nothing about the token. */
function refusalOf(error: unknown): unknown {
  if (error instanceof errors.JWTClaimValidationFailed)
    return new TokenError(`The claim ${error.claim} of the token is missing or not accepted.`)
  // jose throws one for a token whose algorithm does not fit the key.
  if (error instanceof TypeError) return new TokenError(MALFORMED, { cause: error })
  const message = error instanceof errors.JOSEError ? MESSAGES[error.code] : undefined
  return message === undefined ? error : new TokenError(message)
}

function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) freeze(member)
  return Object.freeze(value)
}
