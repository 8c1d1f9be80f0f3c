import { jwtVerify } from 'jose'
import { misuse } from '../../misuse.ts'
import { findKeyOf, type KeyOptions } from './key-source.ts'
import { expired, notAccepted, refusalOf } from './refusal-of.ts'
import { createRefusals, type RefusedTokens } from './refusals.ts'
import { TokenError, type AccessTokenClaims } from './token-error.ts'

/** Options of {@link createVerifier}: what a token has to say, and the keys. */
export type VerifierOptions = Expectations & KeyOptions

interface Expectations {
  /** The `iss` that a token must have. */
  readonly issuer: string
  /** The `aud` that a token must have. */
  readonly audience: string
  /** The `typ` of the header: `'at+jwt'` for tokens of RFC 9068. @default any */
  readonly typ?: string | undefined
  /** The claims that a token must have, beside `iss`, `aud`, `iat` and `exp`. @default none */
  readonly requiredClaims?: readonly string[] | undefined
  /** @default all that fit the key */
  readonly algorithms?: readonly string[] | undefined
  /**
   * No token is accepted for longer than this after its `iat`, in seconds. For as long, a refusal is kept. At least the
   * life of an access token. @default 3600
   */
  readonly longestTtlS?: number | undefined
  /**
   * By how much the clock of the issuer may differ, in seconds: for so long a token is accepted before its `nbf` and after
   * its `exp`. An `iat` may be 30 s further ahead. @default 0
   */
  readonly leewayS?: number | undefined
  /** How many verified tokens are remembered. @default 10000 */
  readonly remembered?: number | undefined
  /** The current time in epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined
}

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
  /**
   * Verifies each token anew when it is shown next. Call it when a key was withdrawn before the tokens that it had signed
   * have expired.
   */
  forget(): void
}

/** An issuer whose clock is ahead has issued a token just now. From further ahead, something else is wrong. */
const AHEAD_S = 30

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
  const { issuer, audience, typ, algorithms, requiredClaims = [] } = options
  const { longestTtlS = 3_600, leewayS = 0 } = options
  // eslint-disable-next-line no-restricted-globals -- a server has one clock, and it can be passed in
  const { remembered: most = 10_000, now = () => Date.now() } = options
  for (const [name, value] of Object.entries({ issuer, audience }))
    if (typeof value !== 'string' || value === '') throw misuse(name, 'a string', value)
  if (!Array.isArray(requiredClaims))
    throw misuse('requiredClaims', 'a list of names', requiredClaims)
  for (const [name, value, least] of [
    ['longestTtlS', longestTtlS, 1],
    ['leewayS', leewayS, 0],
    ['remembered', most, 0],
  ] as const)
    if (!(typeof value === 'number' && value >= least && Number.isFinite(value)))
      throw misuse(name, `a number from ${least}`, value)
  const findKey = findKeyOf(options)
  const refusals = createRefusals((longestTtlS + leewayS) * 1000)
  /** The tokens used last are at the end. */
  const remembered = new Map<string, Verified>()
  const pending = new Map<string, Promise<Verified>>()
  /** Counts up each time that all is forgotten: what was verified before is not remembered after it. */
  let generation = 0

  function recall(token: string): Verified | undefined {
    const verified = remembered.get(token)
    if (verified === undefined) return undefined
    remembered.delete(token)
    remembered.set(token, verified)
    return verified
  }

  async function check(token: string): Promise<Verified> {
    const [nowS, since] = [now() / 1000, generation]
    const expected = {
      ...{ issuer, audience, clockTolerance: leewayS, ...(typ !== undefined && { typ }) },
      requiredClaims: [...requiredClaims, 'iat', 'exp'],
      ...(algorithms !== undefined && { algorithms: [...algorithms] }),
      // eslint-disable-next-line no-restricted-globals -- of the clock that was passed in
      currentDate: new Date(nowS * 1000),
    }
    const { payload } = await jwtVerify(token, findKey, expected).catch((error: unknown) => {
      throw refusalOf(error)
    })
    const { exp = 0, iat = 0 } = payload
    if (iat > nowS + leewayS + AHEAD_S) throw notAccepted('iat')
    const expiresAt = (Math.min(exp, Math.min(iat, nowS) + longestTtlS) + leewayS) * 1000
    const verified = { claims: freeze(payload), issuedAt: iat * 1000, expiresAt }
    if (since === generation) remember(token, verified)
    return verified
  }

  function remember(token: string, verified: Verified): void {
    remembered.set(token, verified)
    for (const oldest of remembered.keys()) {
      if (remembered.size <= most) break
      remembered.delete(oldest)
    }
  }

  function checkOnce(token: string): Promise<Verified> {
    const running = pending.get(token)
    if (running) return running
    const checking = check(token).finally(() => {
      if (pending.get(token) === checking) pending.delete(token)
    })
    pending.set(token, checking)
    return checking
  }

  return {
    async verify(token) {
      const { claims, issuedAt, expiresAt } = recall(token) ?? (await checkOnce(token))
      if (expiresAt <= now()) {
        remembered.delete(token)
        throw expired(claims)
      }
      if (refusals.has({ sid: claims['sid'], subject: claims.sub, issuedAt })) {
        remembered.delete(token)
        throw new TokenError('The session of the token has ended.', { reason: 'ended', claims })
      }
      return claims
    },
    refuse: (refused) => refusals.add(refused, now()),
    forget() {
      generation++
      remembered.clear()
      pending.clear()
    },
  }
}

function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) freeze(member)
  return Object.freeze(value)
}
