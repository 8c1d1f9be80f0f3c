import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errors, exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  bearerToken,
  createVerifier,
  TokenError,
  unauthorized,
  type VerifierOptions,
} from '../../../src/server/verifier/index.ts'

const START_S = 1_767_225_600
const EXPECTED = { issuer: 'https://id.test', audience: 'https://api.test' }

let keys: { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey }
beforeAll(async () => {
  keys = await generateKeyPair('ES256')
})

/** A clock that the test moves, and a verifier that goes by it. */
function setUp(options: Partial<VerifierOptions> = {}) {
  let nowS = START_S
  const now = () => nowS * 1000
  const verifier = createVerifier({
    ...EXPECTED,
    key: keys.publicKey,
    now,
    ...options,
  })
  return { verifier, now, advance: (seconds: number) => (nowS += seconds) }
}

function sign(
  claims: Readonly<Record<string, unknown>> = {},
  header = {},
  key: CryptoKey | Uint8Array = keys.privateKey,
) {
  const { issuer: iss, audience: aud } = EXPECTED
  const payload = { iss, aud, sub: 'alice', sid: 's1', iat: START_S, exp: START_S + 300, ...claims }
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', ...header }).sign(key)
}

/** Why a token is refused. */
async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (error instanceof TokenError) return error.message
    throw error
  }
  return 'It was accepted.'
}

const EXPIRED = 'The token has expired.'
const ENDED = 'The session of the token has ended.'
const MALFORMED = 'The token is malformed, or its algorithm is not accepted.'

describe('a token', () => {
  test('gives its claims until it expires', async () => {
    const { verifier, advance } = setUp()
    const token = await sign({ role: 'admin' })
    advance(299)
    expect(await verifier.verify(token)).toMatchObject({ sub: 'alice', sid: 's1', role: 'admin' })
    advance(1)
    expect(await refusal(verifier.verify(token))).toBe(EXPIRED)
    expect(await refusal(verifier.verify(token))).toBe(EXPIRED)
  })

  test('is accepted for as much longer as clocks may differ', async () => {
    const { verifier, advance } = setUp({ leewayS: 5 })
    const token = await sign()
    advance(304)
    expect(await verifier.verify(token)).toMatchObject({ sid: 's1' })
    advance(1)
    expect(await refusal(verifier.verify(token))).toBe(EXPIRED)
  })

  test('is accepted for an hour at most, whatever it says', async () => {
    const { verifier, advance } = setUp()
    const token = await sign({ exp: START_S + 1_000_000 })
    advance(3_599)
    expect(await verifier.verify(token)).toMatchObject({ sid: 's1' })
    advance(1)
    expect(await refusal(verifier.verify(token))).toBe(EXPIRED)
  })

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['iss', { iss: 'https://evil.test' }],
    ['aud', { aud: 'https://other.test' }],
    ['nbf', { nbf: START_S + 60 }],
    ['iat', { iat: undefined }],
    ['iat', { iat: START_S + 60 }],
    ['exp', { exp: undefined }],
  ])('is refused for its claim %s: %j', async (claim, claims) => {
    const message = await refusal(setUp().verifier.verify(await sign(claims)))
    expect(message).toBe(`The claim ${claim} of the token is missing or not accepted.`)
  })

  test.each([1, 30])(
    'is accepted from an issuer whose clock is %i s ahead, and lives no longer for it',
    async (aheadS) => {
      const { verifier, advance } = setUp({ longestTtlS: 300 })
      const token = await sign({ iat: START_S + aheadS, exp: START_S + 10_000 })
      expect(await verifier.verify(token)).toMatchObject({ sid: 's1' })
      advance(300)
      expect(await refusal(verifier.verify(token))).toBe(EXPIRED)
    },
  )

  test('is refused without a claim that it must have', async () => {
    const { verifier } = setUp({ requiredClaims: ['sub', 'role'] })
    expect(await verifier.verify(await sign({ role: 'user' }))).toMatchObject({ role: 'user' })
    const message = await refusal(verifier.verify(await sign()))
    expect(message).toBe('The claim role of the token is missing or not accepted.')
  })

  test('that is refused says why, and its claims if it was genuine', async () => {
    const { verifier, advance } = setUp()
    const errorOf = (token: string) => verifier.verify(token).catch((thrown: unknown) => thrown)
    const [token, early] = [await sign(), await sign({ sid: 's2', exp: START_S - 1 })]
    expect(await errorOf('x')).toMatchObject({ reason: 'invalid', claims: undefined })
    expect(await errorOf(early)).toMatchObject({ reason: 'expired', claims: { sid: 's2' } })
    await verifier.verify(token)
    verifier.refuse({ sid: 's1' })
    expect(await errorOf(token)).toMatchObject({ reason: 'ended', claims: { sid: 's1' } })
    advance(300)
    expect(await errorOf(token)).toMatchObject({ reason: 'expired', claims: { sid: 's1' } })
  })

  test('is refused if another key has signed it, or it was changed', async () => {
    const { verifier } = setUp()
    const other = await generateKeyPair('ES256')
    const [head = '', body = '', signature = ''] = (await sign()).split('.')
    const changed = Buffer.from(body, 'base64url').toString().replace('alice', 'admin')
    const forged = [head, Buffer.from(changed).toString('base64url'), signature].join('.')
    for (const token of [forged, await sign({}, {}, other.privateKey)])
      expect(await refusal(verifier.verify(token))).toBe('The signature of the token is wrong.')
  })

  test('is refused if it is none, or of an algorithm that the key is not for', async () => {
    const { verifier } = setUp()
    const rsa = await generateKeyPair('RS256')
    const none = [btoa('{"alg":"none"}'), btoa('{}'), ''].join('.').replaceAll('=', '')
    const symmetric = await sign({}, { alg: 'HS256' }, new Uint8Array(32))
    const ofRsa = await sign({}, { alg: 'RS256' }, rsa.privateKey)
    for (const token of ['', 'x', 'a.b.c', none, symmetric, ofRsa])
      expect(await refusal(verifier.verify(token))).toBe(MALFORMED)
  })

  test('is refused if its type or algorithm is not the wanted one', async () => {
    const typed = setUp({ typ: 'at+jwt' }).verifier
    expect(await typed.verify(await sign({}, { typ: 'at+jwt' }))).toMatchObject({ sid: 's1' })
    expect(await refusal(typed.verify(await sign({}, { typ: 'JWT' })))).toMatch(/^The claim typ /)
    const { verifier } = setUp({ algorithms: ['EdDSA'] })
    expect(await refusal(verifier.verify(await sign()))).toBe(MALFORMED)
  })
})

describe('what is remembered', () => {
  /** A verifier that fetches its keys, and how often it has looked one up. */
  async function setUpRemote(options: Partial<VerifierOptions> = {}) {
    const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'ES256' }
    let requests = 0
    let isDown = false
    const server = createServer((_, response) => {
      requests++
      if (isDown) response.destroy()
      else response.end(JSON.stringify({ keys: [jwk] }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const jwks = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
    const { verifier } = setUp({ key: undefined, jwks, ...options })
    return {
      verifier,
      requests: () => requests,
      setDown: (down: boolean) => {
        isDown = down
      },
    }
  }

  test('keys are fetched by URL, once, and one that is not there is unknown', async () => {
    const { verifier, requests } = await setUpRemote()
    const tokens = [await sign({}, { kid: 'k1' }), await sign({ sid: 's2' }, { kid: 'k1' })]
    for (const token of tokens) expect(await verifier.verify(token)).toMatchObject({ sub: 'alice' })
    expect(requests()).toBe(1)
    const unknown = await sign({}, { kid: 'k2' })
    expect(await refusal(verifier.verify(unknown))).toBe('The token is signed with an unknown key.')
  })

  test('keys may be a set at hand', async () => {
    const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), alg: 'ES256' }] }
    const { verifier } = setUp({ key: undefined, jwks })
    expect(await verifier.verify(await sign())).toMatchObject({ sid: 's1' })
  })

  test('a function may find the key that a token names', async () => {
    const { verifier } = setUp({
      key({ kid }) {
        if (kid === 'k1') return keys.publicKey
        if (kid === 'k2') throw new errors.JWKSNoMatchingKey()
        throw new Error('The database is down')
      },
    })
    expect(await verifier.verify(await sign({}, { kid: 'k1' }))).toMatchObject({ sid: 's1' })
    const unknown = await sign({}, { kid: 'k2' })
    expect(await refusal(verifier.verify(unknown))).toBe('The token is signed with an unknown key.')
    const other = await sign({}, { kid: 'k3' })
    await expect(verifier.verify(other)).rejects.toThrow(new Error('The database is down'))
  })

  test('is forgotten when a key was withdrawn: then each token is verified again', async () => {
    const known = new Set(['k1', 'k2'])
    const { verifier } = setUp({
      key({ kid = '' }) {
        if (known.has(kid)) return keys.publicKey
        throw new errors.JWKSNoMatchingKey()
      },
    })
    const [one, two] = [await sign({}, { kid: 'k1' }), await sign({}, { kid: 'k2' })]
    for (const token of [one, two]) await verifier.verify(token)
    known.delete('k1')
    expect(await verifier.verify(one)).toMatchObject({ sid: 's1' })
    verifier.forget()
    expect(await refusal(verifier.verify(one))).toBe('The token is signed with an unknown key.')
    expect(await verifier.verify(two)).toMatchObject({ sid: 's1' })
  })

  test('a token that was being verified when a key was withdrawn is not remembered', async () => {
    let isKnown = true
    const asked = Promise.withResolvers<CryptoKey>()
    const { verifier } = setUp({
      key() {
        if (isKnown) return asked.promise
        throw new errors.JWKSNoMatchingKey()
      },
    })
    const token = await sign()
    const underWay = verifier.verify(token)
    isKnown = false
    verifier.forget()
    asked.resolve(keys.publicKey)
    await underWay
    expect(await refusal(verifier.verify(token))).toBe('The token is signed with an unknown key.')
  })

  test('keys that cannot be loaded are no word against a token', async () => {
    const { verifier, setDown } = await setUpRemote()
    const token = await sign({}, { kid: 'k1' })
    setDown(true)
    const error = await verifier.verify(token).catch((thrown: unknown) => thrown)
    expect(error).toEqual(new Error('The keys could not be loaded'))
    expect(() => unauthorized(error)).toThrow('The keys could not be loaded')
    setDown(false)
    expect(await verifier.verify(token)).toMatchObject({ sid: 's1' })
  })

  test('a token is verified once, also by requests at the same moment', async () => {
    let lookups = 0
    const jwk = await exportJWK(keys.publicKey)
    const counted = new Proxy(jwk, {
      get(target, name) {
        if (name === 'kty') lookups++
        return Reflect.get(target, name) as unknown
      },
    })
    const { verifier } = setUp({ key: counted })
    const tokens = [await sign({ sid: 's1' }), await sign({ sid: 's2' })]
    await Promise.all(Array.from({ length: 20 }, () => verifier.verify(tokens[0] ?? '')))
    const once = lookups
    for (let time = 0; time < 20; time++) await verifier.verify(tokens[0] ?? '')
    expect(lookups).toBe(once)
    await verifier.verify(tokens[1] ?? '')
    expect(lookups).toBeGreaterThan(once)
  })

  test('claims are shared by requests, so none can change them', async () => {
    const { verifier } = setUp()
    const claims = await verifier.verify(await sign({ roles: ['user'] }))
    expect(() => (claims['roles'] as string[]).push('admin')).toThrow(TypeError)
    expect(() => Object.assign(claims, { sub: 'root' })).toThrow(TypeError)
  })

  test('is bounded, and what was used last stays', async () => {
    let lookups = 0
    const jwk = await exportJWK(keys.publicKey)
    const counted = new Proxy(jwk, {
      get(target, name) {
        if (name === 'kty') lookups++
        return Reflect.get(target, name) as unknown
      },
    })
    const { verifier } = setUp({ key: counted, remembered: 2 })
    const [a, b, c] = [await sign({ sid: 'a' }), await sign({ sid: 'b' }), await sign({ sid: 'c' })]
    const isLookedUp = async (token: string) => {
      const before = lookups
      await verifier.verify(token)
      return lookups > before
    }
    for (const token of [a, b, a, c]) await verifier.verify(token)
    expect([await isLookedUp(a), await isLookedUp(c), await isLookedUp(b)]).toEqual([
      false,
      false,
      true,
    ])
  })
})

describe('a revocation', () => {
  test('of a session is known at once, for a token that is remembered, too', async () => {
    const { verifier } = setUp()
    const [mine, other] = [await sign(), await sign({ sid: 's2' })]
    await verifier.verify(mine)
    verifier.refuse({ sid: 's1' })
    expect(await refusal(verifier.verify(mine))).toBe(ENDED)
    expect(await verifier.verify(other)).toMatchObject({ sid: 's2' })
    // By a request that was on its way when the session ended.
    expect(await refusal(verifier.verify(await sign({ iat: START_S, jti: '2' })))).toBe(ENDED)
  })

  test('of a user refuses what was issued before, and nothing else', async () => {
    const { verifier, advance } = setUp()
    const [before, bob] = [await sign(), await sign({ sub: 'bob' })]
    verifier.refuse({ subject: 'alice', before: START_S * 1000 + 500 })
    verifier.refuse({ subject: 'alice', before: START_S * 1000 - 5_000 })
    advance(1)
    const after = await sign({ iat: START_S + 1 })
    expect(await refusal(verifier.verify(before))).toBe(ENDED)
    expect(await verifier.verify(after)).toMatchObject({ sub: 'alice' })
    expect(await verifier.verify(bob)).toMatchObject({ sub: 'bob' })
  })

  test('is kept until the last token that it names has expired, and then forgotten', async () => {
    const { verifier, advance, now } = setUp({ longestTtlS: 300 })
    verifier.refuse({ sid: 's1' })
    advance(359)
    verifier.refuse({ sid: 's2' })
    const nowS = now() / 1000
    // Nobody signs one for a session that ended so long ago. Only so can it be seen what is remembered.
    const reborn = () => sign({ iat: nowS, exp: nowS + 300 })
    expect(await refusal(verifier.verify(await reborn()))).toBe(ENDED)
    advance(1)
    verifier.refuse({ sid: 's3' })
    expect(await verifier.verify(await reborn())).toMatchObject({ sid: 's1' })
  })
})

describe('requests', () => {
  const requestWith = (authorization?: string) =>
    new Request(
      'https://api.test',
      authorization === undefined ? {} : { headers: { authorization } },
    )

  test.each([
    ['Bearer abc.d-e_f~+/==', 'abc.d-e_f~+/=='],
    ['bearer  abc ', 'abc'],
    ['Bearer', undefined],
    ['Bearer a b', undefined],
    ['Bearer a, Bearer b', undefined],
    ['Basic abc', undefined],
    ['DPoP abc', undefined],
    [undefined, undefined],
  ])('with %j have the token %j', (authorization, token) => {
    expect(bearerToken(requestWith(authorization))).toBe(token)
  })

  test('are told what is wrong, without the token', async () => {
    const { verifier, advance } = setUp()
    const token = await sign()
    advance(300)
    const error = await verifier.verify(token).catch((thrown: unknown) => thrown)
    const answer = unauthorized(error)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer error="invalid_token", error_description="The token has expired."',
    )
    const told = JSON.stringify([await answer.json(), String(error), [...answer.headers]])
    for (const part of token.split('.')) expect(told).not.toContain(part)
  })

  test('without a token are asked for one', () => {
    expect(unauthorized().headers.get('www-authenticate')).toBe('Bearer')
    expect(() => unauthorized(new RangeError('a bug'))).toThrow('a bug')
  })
})

test.each<[string, object]>([
  ['The "issuer" option must be a string; it is undefined', { issuer: undefined }],
  ['The "audience" option must be a string; it is a list', { audience: ['a'] }],
  ['The "longestTtlS" option must be a number from 1; it is 0', { longestTtlS: 0 }],
  ['The "leewayS" option must be a number from 0; it is string', { leewayS: '5' }],
  ['The "remembered" option must be a number from 0; it is -1', { remembered: -1 }],
  ['The "requiredClaims" option must be a list of names; it is string', { requiredClaims: 'sub' }],
  [
    'The "key" option must be a CryptoKey, a JWK, the bytes of a secret or a function; it is string',
    { key: 'a' },
  ],
])('options that cannot be used are refused at once: %s', (message, wrong) => {
  const options = { ...EXPECTED, key: keys.publicKey, ...wrong } as VerifierOptions
  expect(() => createVerifier(options)).toThrow(new TypeError(message))
})

test.each(['/jwks', '', 7, null, [], { keys: 1 }])('a set of keys is no %j', (jwks) => {
  const options = { ...EXPECTED, jwks } as VerifierOptions
  expect(() => createVerifier(options)).toThrow(/^The "jwks" option must be an absolute URL, or/)
})
