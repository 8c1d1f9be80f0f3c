import { describe, expect, test } from 'vitest'
import { judgeChallenge } from '../../../src/fetch/challenge.ts'
import { judgeStepUp, type Verdict } from '../../../src/index.ts'
import { refusal, tokenOf } from '../../support/backend.ts'
import { settle } from '../../support/settle.ts'
import { gate, json } from '../../support/fake-server.ts'
import { openPage, rejection, signIn } from '../../support/signed-in.ts'

// Story 48 of test/README.md: what a 401, a 403 and a 200 mean.

test.each([
  ['Bearer'],
  ['bearer realm="api"'],
  ['Bearer error="invalid_token"'],
  ['Bearer realm="a, b", error="invalid_token", error_description="insufficient_scope"'],
  ['Bearer realm="say \\"error=\\" insufficient_scope", error="invalid_token"'],
  ['Basic realm="x"'],
  ['Basic realm="x", error="insufficient_scope"'],
  ['Basic realm="Bearer error=insufficient_scope"'],
  ['Digest error="insufficient_scope", Bearer error="invalid_token"'],
  ['Bearer error="invalid_token", Digest error="insufficient_scope"'],
  ['DPoP algs="ES256", error="invalid_token"'],
  ['Negotiate'],
  ['nonsense ,,, = "'],
  ['error="insufficient_scope"'],
  ['Bearers error="insufficient_scope"'],
  ['X-Bearer error="insufficient_scope"'],
  ['Bearer error="insufficient_scopes"'],
  ['Bearer error="no_insufficient_scope"'],
  [''],
  [null],
])('401 with %j renews', async (challenge) => {
  const { session, backend, tab } = await signIn()
  backend.route('/api/notes', () =>
    json({}, 401, challenge === null ? {} : { 'www-authenticate': challenge }),
  )
  await session.authFetch('/api/notes')
  expect(backend.refreshes()).toBe(1)
  expect(tab.eventsOf('step-up')).toEqual([])
})

test.each([
  ['Bearer error="insufficient_scope", scope="write"'],
  ['bearer ERROR="insufficient_scope"'],
  ['Bearer error=insufficient_scope'],
  ['Bearer realm="a, Basic b", error = "insufficient_scope"'],
  ['Bearer error="insufficient\\_scope"'],
  ['Bearer error="invalid_request"'],
  ['Basic realm="x", Bearer error="insufficient_scope"'],
  ['Negotiate, Bearer error="insufficient_scope", Basic realm="x"'],
  ['Negotiate YWJjZA==, Bearer error="insufficient_scope"'],
  ['DPoP error="insufficient_scope"'],
  ['DPoP error="invalid_dpop_proof", algs="ES256"'],
  ['Bearer, DPoP error="use_dpop_nonce"'],
  ['Bearer error="insufficient_user_authentication", acr_values="mfa"'],
])('401 with %j is returned as it is: no token would help', async (challenge) => {
  const { session, backend } = await signIn()
  const answer = refusal(challenge)
  backend.route('/api/notes', () => answer)
  expect(await session.authFetch('/api/notes')).toBe(answer)
  expect(answer.bodyUsed).toBe(false)
  await settle()
  expect(backend.refreshes()).toBe(0)
})

test.each([200, 204, 302, 400, 403, 404, 407, 409, 419, 429, 500, 503])(
  '%i is untouched, whatever challenge it carries',
  async (status) => {
    const { session, backend } = await signIn()
    const answer = new Response(null, {
      status,
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    })
    backend.route('/api/notes', () => answer)
    expect(await session.authFetch('/api/notes')).toBe(answer)
    await settle()
    expect(backend.refreshes()).toBe(0)
  },
)

test.each([
  [
    'Bearer error="insufficient_user_authentication", acr_values="urn:mfa urn:otp", max_age="300"',
    { acrValues: ['urn:mfa', 'urn:otp'], maxAgeMs: 300_000 },
  ],
  [
    'Basic realm="x", Bearer error="insufficient_user_authentication", max_age=5, Digest max_age=9',
    { acrValues: [], maxAgeMs: 5_000 },
  ],
  [
    'Bearer error="insufficient_user_authentication", acr_values="silver", max_age="soon"',
    { acrValues: ['silver'], maxAgeMs: null },
  ],
  ['Bearer error="insufficient_user_authentication", max_age=0', { acrValues: [], maxAgeMs: 0 }],
  ['DPoP error="insufficient_user_authentication"', { acrValues: [], maxAgeMs: null }],
])('401 with %j asks for a stronger sign-in (RFC 9470)', async (challenge, stepUp) => {
  const { session, backend, tab } = await signIn({ judgeResponse: judgeStepUp })
  const answer = refusal(challenge)
  backend.route('/api/notes', () => answer)
  expect(await session.authFetch('/api/notes?x=1')).toBe(answer)
  await settle()
  expect(tab.eventsOf('step-up')).toEqual([{ ...stepUp, url: '/api/notes?x=1' }])
  expect(backend.refreshes()).toBe(0)
  expect(session.state.status).toBe('logged-in')
})

test('a stronger sign-in is asked for too when it is the repeated request that says so', async () => {
  const { session, backend, tab } = await signIn({ judgeResponse: judgeStepUp })
  backend.route('/api/notes', (request) =>
    tokenOf(request) === 'secret-access-1'
      ? refusal()
      : refusal('Bearer error="insufficient_user_authentication", acr_values="mfa"'),
  )
  expect((await session.authFetch('/api/notes')).status).toBe(401)
  await settle()
  expect(tab.eventsOf('step-up')).toEqual([
    { acrValues: ['mfa'], maxAgeMs: null, url: '/api/notes' },
  ])
})

test.each([
  [401, 'invalid_token', 'renew', 'renew'],
  [401, 'insufficient_scope', 'ok', 'ok'],
  [401, 'insufficient_user_authentication', 'ok', { acrValues: [], maxAgeMs: null }],
  [403, 'invalid_token', 'ok', 'ok'],
  [403, 'insufficient_scope', 'ok', 'ok'],
  [403, 'insufficient_user_authentication', 'ok', 'ok'],
  [200, 'invalid_token', 'ok', 'ok'],
] as const)(
  'a %i of %s is judged %j without the option `judgeResponse`, and %j by `judgeStepUp`',
  (status, error, plain, withStepUp) => {
    const headers = { 'www-authenticate': `Bearer error="${error}"` }
    const answer = new Response(null, { status, headers })
    expect(judgeChallenge(answer)).toBe(plain)
    expect(judgeStepUp(answer)).toEqual(withStepUp)
  },
)

test('without `judgeStepUp` a challenge for a stronger sign-in emits no event', async () => {
  const { session, backend, tab } = await signIn()
  backend.route('/api/notes', () =>
    refusal('Bearer error="insufficient_user_authentication", acr_values="mfa"'),
  )
  expect((await session.authFetch('/api/notes')).status).toBe(401)
  await settle()
  expect(tab.eventsOf('step-up')).toEqual([])
})

test('`judgeStepUp` judges other answers as the default does', async () => {
  const { session, backend } = await signIn({ judgeResponse: judgeStepUp })
  backend.route('/api/notes', (request) =>
    tokenOf(request) === 'secret-access-1' ? refusal() : json([]),
  )
  expect((await session.authFetch('/api/notes')).status).toBe(200)
  expect(backend.refreshes()).toBe(1)
})

/** The sign of a GraphQL API: 200, and a code in the body. */
async function byCode(response: Response): Promise<Verdict> {
  if (response.status !== 200) return 'ok'
  const { code } = (await response.clone().json()) as { readonly code?: string }
  if (code === 'UNAUTHENTICATED') return 'renew'
  return code === 'REVOKED' ? 'ended' : 'ok'
}

test('`judgeResponse` can read a code in a body of a 200, and leaves the body to the caller', async () => {
  const { session, backend } = await signIn({ judgeResponse: byCode })
  backend.route('/api/notes', (request) =>
    json({ code: tokenOf(request) === 'secret-access-1' ? 'UNAUTHENTICATED' : 'FINE' }),
  )
  const answer = await session.authFetch('/api/notes')
  expect(answer.bodyUsed).toBe(false)
  expect(await answer.json()).toEqual({ code: 'FINE' })
  expect(backend.refreshes()).toBe(1)
})

test('`judgeResponse` may answer at once', async () => {
  const { session, backend } = await signIn({
    judgeResponse: ({ status }) => (status === 419 ? 'renew' : 'ok'),
  })
  backend.route('/api/notes', (request) =>
    tokenOf(request) === 'secret-access-1' ? json({}, 419) : json([]),
  )
  expect((await session.authFetch('/api/notes')).status).toBe(200)
})

test('`judgeResponse` that finds nothing wrong with a 401 has it returned as it is', async () => {
  const { session, backend } = await signIn({ judgeResponse: () => 'ok' })
  const answer = refusal()
  backend.route('/api/notes', () => answer)
  expect(await session.authFetch('/api/notes')).toBe(answer)
  expect(backend.refreshes()).toBe(0)
})

test('`judgeResponse` that asks for a stronger sign-in is told on', async () => {
  const stepUp = { acrValues: ['gold'], maxAgeMs: 0 }
  const { session, backend, tab } = await signIn({ judgeResponse: () => stepUp })
  backend.route('/api/notes', () => json([]))
  expect((await session.authFetch('/api/notes')).status).toBe(200)
  await settle()
  expect(tab.eventsOf('step-up')).toEqual([{ ...stepUp, url: '/api/notes' }])
})

test.each(['at once', 'after a renewal'])(
  '`judgeResponse` that says `ended` %s ends the session, and its caller gets the answer',
  async (when) => {
    const { session, backend, tab } = await signIn({ judgeResponse: byCode })
    backend.route('/api/notes', (request) => {
      const isFirst = when !== 'at once' && tokenOf(request) === 'secret-access-1'
      return json({ code: isFirst ? 'UNAUTHENTICATED' : 'REVOKED' })
    })
    const answer = await session.authFetch('/api/notes')
    expect(await answer.json()).toEqual({ code: 'REVOKED' })
    await settle()
    expect(session.state.status).toBe('logged-out')
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'revoked' }])
  },
)

test('`judgeResponse` that throws or rejects has its error reach the caller', async () => {
  const mine = new Error('mine')
  const throwing = await signIn({
    judgeResponse: () => {
      throw mine
    },
  })
  expect(await rejection(throwing.session.authFetch('/api/notes'))).toBe(mine)
  const rejecting = await signIn({ judgeResponse: () => Promise.reject(mine) })
  expect(await rejection(rejecting.session.authFetch('/api/notes'))).toBe(mine)
})

test('`judgeResponse` does not see answers to plain requests', async () => {
  let asked = 0
  const judge = (): Verdict => {
    asked++
    return 'ok'
  }
  const out = await openPage({ judgeResponse: judge })
  await out.session.authFetch('/api/notes')
  const { session } = await signIn({ judgeResponse: judge })
  await session.authFetch('https://evil.test/')
  expect(asked).toBe(0)
})

describe.each([
  ['first', 1],
  ['repeated', 2],
])('a verdict on the %s request that comes after the user has changed', (_, sends) => {
  test.each(['ended', 'renew', 'ok', { acrValues: [], maxAgeMs: null }] as const)(
    'touches nobody and lands in no page: %j',
    async (verdict) => {
      const judged = gate<Verdict>()
      let judgements = 0
      const { session, backend, tab } = await signIn({
        judgeResponse: ({ status }) => {
          if (status !== 401) return 'ok'
          return ++judgements < sends ? 'renew' : judged.promise
        },
      })
      backend.route('/api/secret', () => refusal())
      const late = rejection(session.authFetch('/api/secret'))
      await settle()
      expect(judgements).toBe(sends)
      await session.logout()
      await session.login(backend.issue({ sid: 'sid-2' }))

      judged.open(verdict)
      expect(await late).toMatchObject({ name: 'SessionError', code: 'session_changed' })
      await settle()
      expect(session.state.status).toBe('logged-in')
      expect(tab.eventsOf('step-up')).toEqual([])
      expect(backend.shown('/api/secret')).toHaveLength(sends)
      expect((await session.authFetch('/api/notes')).status).toBe(200)
    },
  )
})
