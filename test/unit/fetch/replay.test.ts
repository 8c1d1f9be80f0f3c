import { expect, test } from 'vitest'
import { asFetched } from '../../support/as-fetched.ts'
import { createBackend, refusal, tokenOf, type Backend } from '../../support/backend.ts'
import { settle } from '../../support/settle.ts'
import { gate, json } from '../../support/fake-server.ts'
import { rejection, signIn } from '../../support/signed-in.ts'

// At most two sends per call, one refresh per generation, and the original 401.

test('a 401 renews the token and repeats the request with the new one', async () => {
  const { session, backend } = await signIn()
  backend.refuseIssued()
  expect((await session.authFetch('/api/notes')).status).toBe(200)
  // Story 29 of test/README.md: the repeated request shows the stale token.
  expect(backend.shown()).toEqual(['secret-access-1', 'secret-access-2'])
  expect(backend.refreshes()).toBe(1)
})

test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])(
  '%s is repeated as what it was',
  async (method) => {
    const { session, backend } = await signIn()
    backend.refuseIssued()
    await session.authFetch('/api/notes', { method })
    expect(backend.seenAt('/api/notes').map((request) => request.method)).toEqual([method, method])
  },
)

test('fifty requests refused together make one renewal and a hundred sends', async () => {
  const { session, backend } = await signIn()
  backend.refuseIssued()
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => session.authFetch('/api/notes')),
  )
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
  expect(backend.shown()).toHaveLength(100)
  expect(backend.refreshes()).toBe(1)
})

// Story 9 of test/README.md: stragglers renew a token that is new already.

/** From now on `/api/slow` holds requests with the first token until the gate is opened, and then refuses them. */
function refuseLate(backend: Backend): { readonly open: () => void } {
  const late = gate()
  backend.route('/api/slow', async (request) => {
    if (tokenOf(request) !== 'secret-access-1') return json([])
    await late.promise
    return refusal()
  })
  return late
}

test('a 401 for an older token is repeated at once with the newer one, without a renewal', async () => {
  const { session, backend } = await signIn()
  const late = refuseLate(backend)
  backend.refuseIssued()
  const straggler = session.authFetch('/api/slow')
  await session.authFetch('/api/notes')
  expect(backend.refreshes()).toBe(1)

  late.open()
  expect((await straggler).status).toBe(200)
  expect(backend.shown('/api/slow')).toEqual(['secret-access-1', 'secret-access-2'])
  expect(backend.refreshes()).toBe(1)
})

test('a straggler that comes back after the newer token has expired too waits for the one after that', async () => {
  const { session, backend, clock, tab } = await signIn()
  const late = refuseLate(backend)
  const straggler = session.authFetch('/api/slow')
  await session.getAccessToken({ forceRefresh: true })
  // A hidden page does not renew ahead.
  tab.setVisible(false)
  await clock.advance(600_000)

  late.open()
  expect((await straggler).status).toBe(200)
  expect(backend.shown('/api/slow')).toEqual(['secret-access-1', 'secret-access-3'])
  expect(backend.refreshes()).toBe(2)
})

test('fifty calls straddling the expiry make one renewal, whatever order their answers come in', async () => {
  const { session, backend } = await signIn()
  const gates = Array.from({ length: 50 }, () => gate())
  backend.route('/api/slow', async (request) => {
    if (tokenOf(request) !== 'secret-access-1') return json([])
    await gates[Number(request.headers.get('x-call'))]?.promise
    return refusal()
  })
  const answers = gates.map((_, n) =>
    session.authFetch('/api/slow', { headers: { 'x-call': String(n) } }),
  )
  for (let n = 0; n < gates.length; n++) {
    gates[(n * 37) % gates.length]?.open()
    if (n % 7 === 0) await settle()
  }
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(50).fill(200))
  expect(backend.refreshes()).toBe(1)
})

// Story 8 of test/README.md: an infinite loop of 401, refresh, 401.

test('the second 401 is returned, and not judged a reason to try a third time', async () => {
  const { session, backend } = await signIn()
  let answers = 0
  backend.route('/api/notes', () => json({ answer: ++answers }, 401))
  const answer = await session.authFetch('/api/notes')
  expect(answer.status).toBe(401)
  expect(await answer.json()).toEqual({ answer: 2 })
  expect(backend.refreshes()).toBe(1)
})

test('an API that answers 401 for ever costs a renewal in half a minute, not one a call', async () => {
  const { session, backend, clock } = await signIn()
  backend.route('/api/notes', () => refusal())
  for (let call = 0; call < 100; call++) {
    expect((await session.authFetch('/api/notes')).status).toBe(401)
    await clock.advance(1_000)
  }
  expect(backend.refreshes()).toBeLessThanOrEqual(4)
  expect(backend.shown().length).toBeLessThanOrEqual(104)
  expect(session.state.status).toBe('logged-in')
})

test('an API that answers 401 for ever to many at once costs no more', async () => {
  const { session, backend } = await signIn()
  backend.route('/api/notes', () => refusal())
  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: 10 }, () => session.authFetch('/api/notes')))
  }
  expect(backend.refreshes()).toBe(1)
  expect(backend.shown()).toHaveLength(60)
})

test('an API that refuses for a while and then takes tokens again is asked with a new one', async () => {
  const { session, backend, clock } = await signIn()
  backend.route('/api/notes', () => refusal())
  await session.authFetch('/api/notes')
  await clock.advance(31_000)
  backend.route('/api/notes', (request) =>
    tokenOf(request) === 'secret-access-3' ? json([]) : refusal(),
  )
  expect((await session.authFetch('/api/notes')).status).toBe(200)
})

test('a straggler with an older token is sent again with one that another API has refused for good', async () => {
  const { session, backend } = await signIn()
  const late = refuseLate(backend)
  backend.route('/api/notes', () => refusal())
  const straggler = session.authFetch('/api/slow')
  expect((await session.authFetch('/api/notes')).status).toBe(401)
  late.open()
  expect((await straggler).status).toBe(200)
  expect(backend.shown('/api/slow')).toEqual(['secret-access-1', 'secret-access-2'])
  expect(backend.refreshes()).toBe(1)
})

test('a token that came after one that was refused for good is renewed when it is refused itself', async () => {
  const { session, backend } = await signIn()
  backend.route('/api/notes', () => refusal())
  await session.authFetch('/api/notes')
  await session.getAccessToken({ forceRefresh: true })
  expect(backend.refreshes()).toBe(2)
  backend.route('/api/notes', (request) =>
    tokenOf(request) === 'secret-access-4' ? json([]) : refusal(),
  )
  expect((await session.authFetch('/api/notes')).status).toBe(200)
  expect(backend.refreshes()).toBe(3)
})

test('after half a minute an API that had refused for good is asked again, and not before', async () => {
  const { session, backend, clock } = await signIn()
  backend.route('/api/notes', () => refusal())
  await session.authFetch('/api/notes')
  await clock.advance(29_999)
  await session.authFetch('/api/notes')
  expect(backend.refreshes()).toBe(1)
  await clock.advance(1)
  await session.authFetch('/api/notes')
  expect(backend.refreshes()).toBe(2)
})

test('a clock that is set back by an hour does not make an hour of that half minute', async () => {
  const { session, backend, clock } = await signIn()
  backend.route('/api/notes', () => refusal())
  await session.authFetch('/api/notes')
  clock.step(-3_600_000)
  await clock.advance(30_000)
  await session.authFetch('/api/notes')
  expect(backend.refreshes()).toBe(2)
})

// The original 401.

/** The original refusal, recognisable in all its parts. */
function original(): Response {
  return asFetched(
    json({ which: 'original' }, 401, {
      'www-authenticate': 'Bearer error="invalid_token"',
      'x-request-id': 'abc',
    }),
    { url: 'https://app.test/api/notes?redirected', redirected: true, type: 'cors' },
  )
}

async function expectOriginal(answer: Response): Promise<void> {
  expect(answer.status).toBe(401)
  expect(answer.statusText).toBe(original().statusText)
  expect(answer.url).toBe('https://app.test/api/notes?redirected')
  expect(answer.redirected).toBe(true)
  expect(answer.type).toBe('cors')
  expect(answer.headers.get('x-request-id')).toBe('abc')
  expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(answer.bodyUsed).toBe(false)
  expect(await answer.clone().text()).toBe('{"which":"original"}')
  expect(await answer.json()).toEqual({ which: 'original' })
}

test('if the server cannot be reached for a renewal, the caller gets the original 401 unread', async () => {
  const { session, backend, clock } = await signIn({ maxWaitMs: 2_000 })
  backend.route('/api/notes', original)
  backend.route('/auth/refresh', () => Promise.reject(new TypeError('offline')))
  const answer = session.authFetch('/api/notes')
  await clock.advance(2_000)
  await expectOriginal(await answer)
  expect(backend.shown()).toHaveLength(1)
  expect(session.state.status).toBe('logged-in')
})

test.each(['session_revoked', 'reuse_detected', 'invalid_grant'])(
  'if the renewal ends the session with %s, the caller still gets the original 401 unread',
  async (error) => {
    const { session, backend, clock } = await signIn()
    backend.route('/api/notes', original)
    backend.route('/auth/refresh', () => json({ error }, 401))
    const answers = Promise.all([session.authFetch('/api/notes'), session.authFetch('/api/notes')])
    // The refresh looks again after a second before it believes a refusal.
    await clock.advance(2_000)
    for (const answer of await answers) await expectOriginal(answer)
    expect(backend.shown()).toHaveLength(2)
    expect(session.state.status).toBe('logged-out')
  },
)

test('a 401 whose body is still on its way when the session ends arrives whole', async () => {
  const { session, backend, clock } = await signIn()
  backend.route('/api/notes', ({ init }) => {
    const body = new ReadableStream(
      {
        start: (controller) =>
          init.signal?.addEventListener('abort', () => controller.error(init.signal?.reason)),
        pull(controller) {
          controller.enqueue(new TextEncoder().encode('whole'))
          controller.close()
        },
      },
      // Nothing is read ahead.
      { highWaterMark: 0 },
    )
    return new Response(body, { status: 401 })
  })
  backend.route('/auth/refresh', () => json({ error: 'session_revoked' }, 401))
  const answer = session.authFetch('/api/notes')
  await clock.advance(2_000)
  expect(session.state.status).toBe('logged-out')
  expect(await (await answer).text()).toBe('whole')
})

test.each([
  ['logs out', 'session_ended'],
  ['is followed by another', 'session_changed'],
] as const)(
  'a 401 that waits for a renewal when its user %s lands in no page',
  async (what, code) => {
    const { session, backend } = await signIn()
    backend.refuseIssued()
    backend.route('/auth/refresh', () => gate<Response>().promise)
    const answer = rejection(session.authFetch('/api/notes'))
    await settle()
    expect(backend.refreshes()).toBe(1)
    if (what === 'logs out') await session.logout()
    else await session.login(backend.issue({ sid: 'sid-2' }))
    await settle()
    expect(await answer).toMatchObject({ name: 'SessionError', code })
    expect(backend.shown()).toEqual(['secret-access-1'])
  },
)

test('a 401 without a body stays one', async () => {
  const { session, backend } = await signIn()
  backend.route('/api/notes', () => new Response(null, { status: 401 }))
  backend.route('/auth/refresh', () => json({}, 503, { 'retry-after': '60' }))
  const answer = await session.authFetch('/api/notes')
  expect(answer.status).toBe(401)
  expect(answer.body).toBeNull()
})

test('after the session was refused, its refused token is not renewed again by the next 401', async () => {
  const { session, backend, clock, tab } = await signIn()
  backend.route('/auth/refresh', () => json({ error: 'invalid_grant' }, 400))
  const refused = rejection(session.getAccessToken({ forceRefresh: true }))
  await clock.advance(2_000)
  expect(await refused).toMatchObject({ name: 'SessionError' })
  expect((await session.authFetch('/api/notes')).status).toBe(200)
  expect(session.state.status).toBe('logged-in')

  backend.refuseIssued()
  const answer = await session.authFetch('/api/notes')
  await settle()
  expect(answer.status).toBe(401)
  expect(backend.refreshes()).toBe(1)
  expect(session.state.status).toBe('logged-out')
  expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'refresh-rejected' }])
})

// Story 10 of test/README.md: queued requests are sent with the dead token, or hang, when the renewal fails.

test('of twenty requests that wait for a renewal that fails, each is answered and none is sent', async () => {
  const { session, backend, clock } = await signIn({ maxWaitMs: 5_000 })
  backend.route('/auth/refresh', () => json({ error: 'session_revoked' }, 401))
  clock.sleep(600_000)
  const waiting = Array.from({ length: 20 }, () => rejection(session.authFetch('/api/notes')))
  await clock.advance(5_000)
  for (const error of await Promise.all(waiting)) {
    expect(error).toMatchObject({ name: 'SessionError', code: 'session_ended', reason: 'revoked' })
  }
  expect(backend.shown()).toEqual([])
  expect(backend.refreshes()).toBe(1)
})

// Story 30 of test/README.md: what the caller does not want repeated.

test('`replay: false` returns the 401 as it is, and renews behind it', async () => {
  const { session, backend } = await signIn()
  backend.route('/api/notes', original)
  await expectOriginal(await session.authFetch('/api/notes', { replay: false }))
  await settle()
  expect(backend.shown()).toHaveLength(1)
  expect(backend.refreshes()).toBe(1)
})

test('`replay: false` of a straggler does not renew what is new already', async () => {
  const { session, backend } = await signIn()
  const late = gate()
  backend.route('/api/slow', async () => {
    await late.promise
    return refusal()
  })
  const straggler = session.authFetch('/api/slow', { replay: false })
  await session.getAccessToken({ forceRefresh: true })
  late.open()
  expect((await straggler).status).toBe(401)
  await settle()
  expect(backend.refreshes()).toBe(1)
})

test('`shouldReplay` decides by method and URL what is sent again', async () => {
  const asked: unknown[] = []
  const { session, backend } = await signIn({
    shouldReplay: ({ method, url }) => {
      asked.push([method, url])
      return method === 'GET'
    },
  })
  backend.refuseIssued()
  const post = await session.authFetch('/api/notes', { method: 'POST', body: 'x' })
  await settle()
  expect(post.status).toBe(401)
  expect(backend.shown()).toHaveLength(1)
  expect(backend.refreshes()).toBe(1)

  backend.refuseIssued()
  const get = await session.authFetch(new Request('https://app.test/api/notes'))
  expect(get.status).toBe(200)
  backend.refuseIssued()
  expect((await session.authFetch('/api/notes?plain')).status).toBe(200)
  expect(asked).toEqual([
    ['POST', '/api/notes'],
    ['GET', 'https://app.test/api/notes'],
    ['GET', '/api/notes?plain'],
  ])
})

test('a network error of the repeated request is the one that fetch gave', async () => {
  const { session, backend } = await signIn()
  const broken = new TypeError('Failed to fetch')
  backend.route('/api/notes', (request) =>
    tokenOf(request) === 'secret-access-1' ? refusal() : Promise.reject(broken),
  )
  expect(await rejection(session.authFetch('/api/notes'))).toBe(broken)
})

test('random refusals never cost more than two sends a call and one renewal a token', async () => {
  // A small generator of its own, so that a failure can be repeated.
  let seed = 7
  const chance = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
  const backend = createBackend()
  const { session } = await signIn({}, backend)
  backend.route('/api/notes', async () => {
    for (let turns = chance() * 5; turns > 0; turns--) await settle()
    return chance() < 0.5 ? refusal() : json([])
  })
  const calls = 60
  const answers = await Promise.all(
    Array.from({ length: calls }, () => session.authFetch('/api/notes')),
  )
  expect(answers.every(({ status }) => status === 200 || status === 401)).toBe(true)
  expect(backend.shown().length).toBeLessThanOrEqual(2 * calls)
  expect(backend.refreshes()).toBeLessThanOrEqual(new Set(backend.shown()).size)
})
