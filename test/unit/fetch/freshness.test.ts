import { expect, test } from 'vitest'
import { createBackend, jwt } from '../../support/backend.ts'
import { settle } from '../../support/settle.ts'
import { gate, json } from '../../support/fake-server.ts'
import { rejection, signIn, type SignedIn } from '../../support/signed-in.ts'

// Fresh, aging, expired.

/** Signed in with a token response of these members, in a hidden page: only requests renew there. */
async function holding(
  answer: Readonly<Record<string, unknown>>,
  options: Parameters<typeof signIn>[0] = {},
): Promise<SignedIn> {
  const page = await signIn(options, createBackend(answer))
  page.tab.setVisible(false)
  await settle()
  return page
}

test('a fresh token goes out with no lock, no storage and no timer', async () => {
  const backend = createBackend()
  let sends = 0
  const counting: typeof fetch = (...args) => {
    sends++
    return backend.fetch(...args)
  }
  const { session, browser, clock } = await signIn({ fetch: counting }, backend)
  await session.authFetch('/api/notes')
  const { used } = browser
  const timers = clock.pending
  sends = 0

  const answer = session.authFetch('/api/notes')
  // Already, before anything is awaited.
  expect(sends).toBe(1)
  expect(clock.pending).toBe(timers)
  expect((await answer).status).toBe(200)
  expect(browser.used).toEqual(used)
})

// Story 2 of test/README.md: a lock that is never released makes every call hang.

test('a fresh token goes out although the lock is never granted and the record hangs', async () => {
  const { session, browser } = await signIn()
  await session.authFetch('/api/notes')
  browser.faults.locks = 'never'
  browser.faults.record = 'hangs'
  expect((await session.authFetch('/api/notes')).status).toBe(200)
})

test.each([
  ['later than 15 s after the last one', 15_000, 1],
  ['within 15 s of it', 14_999, 0],
])('the record is looked at before a request %s (G4)', async (_, ms, reads) => {
  const { session, browser, clock } = await holding({ expires_in: 600 })
  await session.authFetch('/api/notes')
  clock.sleep(ms)
  const { used } = browser
  await session.authFetch('/api/notes')
  expect(browser.used).toEqual({ ...used, reads: used.reads + reads })
})

test('the record is looked at before the first request after the page was away (G4)', async () => {
  const { session, browser, tab } = await holding({ expires_in: 600 })
  await session.authFetch('/api/notes')
  tab.tell('left')
  const { reads } = browser.used
  await session.authFetch('/api/notes')
  await session.authFetch('/api/notes')
  expect(browser.used.reads).toBe(reads + 1)
})

test('a token without a known lifetime goes out until a 401 says otherwise', async () => {
  const { session, backend, clock } = await holding({})
  await clock.advance(30 * 86_400_000)
  expect((await session.authFetch('/api/notes')).status).toBe(200)
  expect(backend.refreshes()).toBe(0)
  expect(session.state.accessExpiresAt).toBeNull()

  backend.refuseIssued()
  expect((await session.authFetch('/api/notes')).status).toBe(200)
  expect(backend.refreshes()).toBe(1)
})

// [what the answer says, when it stops being fresh, when it stops being sent], seconds, with the middle jitter.
const HOUR = 3_600
test.each<[string, Record<string, unknown>, number, number]>([
  ['expires_in', { expires_in: 600 }, 540, 595],
  ['expires_in as a string', { expires_in: '600' }, 540, 595],
  ['exp - iat', { access_token: jwt({ iat: 5, exp: 605 }) }, 540, 595],
  [
    'expires_in before exp - iat',
    { access_token: jwt({ iat: 0, exp: 9 }), expires_in: 600 },
    540,
    595,
  ],
  ['a lifetime of an hour', { expires_in: HOUR }, HOUR - 60, HOUR - 5],
  ['a lifetime of two minutes', { expires_in: 120 }, 96, 115],
  ['a lifetime of ten seconds', { expires_in: 10 }, 8, 9],
  ['a lifetime of one second', { expires_in: 1 }, 0.8, 0.9],
])('%s decides when a token ages and expires', async (_, answer, agesAtS, expiresAtS) => {
  for (const [atS, isBehind, isBefore] of [
    [agesAtS - 0.001, false, false],
    [agesAtS, true, false],
    [expiresAtS - 0.001, true, false],
    [expiresAtS, false, true],
  ] as const) {
    const { session, backend, clock } = await holding(answer)
    backend.route('/api/notes', () => json([]))
    const renewed = backend.holdRefreshes({ access_token: 'secret-new' })
    clock.sleep(atS * 1_000)
    const sent = session.authFetch('/api/notes')
    await settle()
    const what = `${String(atS)} s`
    expect(backend.refreshes(), what).toBe(isBehind || isBefore ? 1 : 0)
    expect(backend.shown().length, what).toBe(isBefore ? 0 : 1)
    renewed.open()
    await sent
    expect(backend.shown()[0] === 'secret-new', what).toBe(isBefore)
  }
})

test('the lifetime is counted from when the request for the token started', async () => {
  const { session, backend, clock } = await holding({ expires_in: 100 })
  const startedAt = clock.now()
  backend.route('/auth/refresh', async () => {
    await new Promise<void>((resolve) => clock.schedule(resolve, 8_000))
    return json(backend.issue())
  })
  const token = session.getAccessToken({ forceRefresh: true })
  await clock.advance(8_000)
  await token
  expect(session.state.accessExpiresAt).toBe(startedAt + 100_000)
})

test("a server's clock is never compared with ours: a token from a server years ahead or behind lives as long", async () => {
  for (const iat of [0, 1_700_000_000, 4_000_000_000]) {
    const { session, backend, clock } = await holding({
      access_token: jwt({ iat, exp: iat + 600 }),
    })
    backend.route('/api/notes', () => json([]))
    expect(session.state.accessExpiresAt).toBe(clock.now() + 600_000)
    await session.authFetch('/api/notes')
    expect(backend.refreshes()).toBe(0)
  }
})

test('`leadMs` can only shorten the lead', async () => {
  for (const [leadMs, agesAtMs] of [
    [10_000, 590_000],
    [500_000, 480_000],
    [0, 600_000],
  ] as const) {
    const { session, backend, clock } = await holding({ expires_in: 600 }, { leadMs })
    clock.sleep(agesAtMs - 1)
    await session.authFetch('/api/notes')
    await settle()
    expect(backend.refreshes(), String(leadMs)).toBe(0)
    clock.sleep(1)
    await session.authFetch('/api/notes')
    await settle()
    expect(backend.refreshes(), String(leadMs)).toBe(1)
  }
})

test('aging: the request goes out at once with the current token, and the next one has the new token', async () => {
  const { session, backend, clock } = await holding({ expires_in: 600 })
  clock.sleep(550_000)
  await session.authFetch('/api/notes')
  await settle()
  await session.authFetch('/api/notes')
  expect(backend.shown()).toEqual(['secret-access-1', 'secret-access-2'])
  expect(backend.refreshes()).toBe(1)
})

// Story 5 of test/README.md: a failed proactive refresh destroys a session whose access token still works.

test('aging: a renewal that fails costs nobody anything', async () => {
  const { session, backend, clock } = await holding({ expires_in: 600 })
  backend.route('/auth/refresh', () => json({ error: 'invalid_grant' }, 400))
  clock.sleep(550_000)
  for (let second = 0; second < 40; second += 10) {
    expect((await session.authFetch('/api/notes')).status).toBe(200)
    await clock.advance(10_000)
  }
  expect(backend.refreshes()).toBe(1)
  expect(session.state.status).toBe('logged-in')
})

test('expired: a hundred requests wait for one renewal', async () => {
  const { session, backend, clock } = await holding({ expires_in: 600 })
  clock.sleep(600_000)
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => session.authFetch('/api/notes')),
  )
  expect(answers.every(({ status }) => status === 200)).toBe(true)
  expect(backend.refreshes()).toBe(1)
  expect(new Set(backend.shown())).toEqual(new Set(['secret-access-2']))
})

// An expired token is never sent.

test('expired and not renewable within `maxWaitMs`: `refresh_unavailable`, with when to try again', async () => {
  const { session, backend, clock } = await holding({ expires_in: 600 }, { maxWaitMs: 3_000 })
  const cause = new TypeError('offline')
  backend.route('/auth/refresh', () => Promise.reject(cause))
  clock.sleep(600_000)
  const startedAt = clock.now()
  let settledAt = 0
  const failing = rejection(session.authFetch('/api/notes')).finally(() => {
    settledAt = clock.now()
  })
  await clock.advance(3_000)
  const error = await failing
  expect(error).toMatchObject({ name: 'SessionError', code: 'refresh_unavailable', cause })
  expect((error as { retryAt: number }).retryAt).toBeGreaterThan(startedAt)
  expect(settledAt - startedAt).toBeLessThanOrEqual(3_000)
  expect(backend.shown()).toEqual([])
  expect(backend.refreshes()).toBeGreaterThan(1)
  expect(session.state.status).toBe('logged-in')
})

test('a server that asks for more patience than `maxWaitMs` is not waited for', async () => {
  const { session, backend, clock } = await holding({ expires_in: 600 })
  backend.route('/auth/refresh', () => json({}, 503, { 'retry-after': '60' }))
  clock.sleep(600_000)
  const error = await rejection(session.authFetch('/api/notes'))
  expect(error).toMatchObject({ code: 'refresh_unavailable', retryAt: clock.now() + 60_000 })
  expect(await rejection(session.authFetch('/api/notes'))).toMatchObject({
    code: 'refresh_unavailable',
  })
  expect(backend.refreshes()).toBe(1)
  expect(backend.shown()).toEqual([])
})

test('a server that comes back within `maxWaitMs` is waited for', async () => {
  const { session, backend, clock } = await holding({ expires_in: 600 })
  backend.route('/auth/refresh', () =>
    backend.refreshes() < 3 ? json({}, 502) : json(backend.issue()),
  )
  clock.sleep(600_000)
  const answer = session.authFetch('/api/notes')
  await clock.advance(15_000)
  expect((await answer).status).toBe(200)
  expect(backend.shown()).toEqual(['secret-access-2'])
})

test('a renewal that hangs is waited for as long as `maxWaitMs`', async () => {
  const { session, backend, clock } = await holding({ expires_in: 600 }, { maxWaitMs: 4_000 })
  backend.route('/auth/refresh', () => gate<Response>().promise)
  clock.sleep(600_000)
  const failing = rejection(session.authFetch('/api/notes'))
  await clock.advance(3_999)
  expect(await Promise.race([failing, Promise.resolve('waiting')])).toBe('waiting')
  await clock.advance(1)
  expect(await failing).toMatchObject({ code: 'refresh_unavailable' })
})

test('`maxWaitMs: 0` does not wait at all', async () => {
  const { session, backend, clock } = await holding({ expires_in: 600 }, { maxWaitMs: 0 })
  backend.route('/auth/refresh', () => gate<Response>().promise)
  clock.sleep(600_000)
  const failing = rejection(session.authFetch('/api/notes'))
  await clock.advance(0)
  expect(await failing).toMatchObject({ code: 'refresh_unavailable' })
})

// Story 13 of test/README.md: a wrong clock.

test('a clock that is set back does not make a token live longer than its 401', async () => {
  const { session, backend, clock } = await holding({ expires_in: 600 })
  clock.step(-86_400_000)
  backend.refuseIssued()
  expect((await session.authFetch('/api/notes')).status).toBe(200)
  expect(backend.refreshes()).toBe(1)
})

test('a clock that is set forward costs a renewal, not the session', async () => {
  const { session, backend, clock } = await holding({ expires_in: 600 })
  clock.step(30 * 86_400_000)
  expect((await session.authFetch('/api/notes')).status).toBe(200)
  expect((await session.authFetch('/api/notes')).status).toBe(200)
  expect(backend.refreshes()).toBe(1)
})
