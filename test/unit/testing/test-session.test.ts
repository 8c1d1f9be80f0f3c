import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { cookieTransport, idleTimeout, isSessionError, type Session } from '../../../src/index.ts'
import { createTestSession, createVirtualBrowser } from '../../../src/testing/index.ts'

const API = 'http://localhost/api'

const shown: (string | null)[] = []
const server = setupServer(
  http.get(`${API}/notes`, ({ request }) => {
    shown.push(request.headers.get('authorization'))
    return HttpResponse.json([])
  }),
)
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => {
  server.resetHandlers()
  vi.useRealTimers()
  shown.length = 0
})
afterAll(() => server.close())

test('a user is signed in when the page opens, unless the test says otherwise', async () => {
  expect(createTestSession().state.status).toBe('restoring')
  expect(await createTestSession().ready).toMatchObject({
    status: 'logged-in',
    subject: 'test-user',
  })
  expect(await createTestSession({ loggedIn: false }).ready).toMatchObject({
    status: 'logged-out',
    end: null,
  })
  const claims = { sub: 'alice', roles: ['admin'], name: 'Alice Liddell 🐇' }
  expect(await createTestSession({ claims }).ready).toMatchObject({
    status: 'logged-in',
    subject: 'alice',
    claims,
  })
  expect(await createTestSession({ loggedIn: false, claims }).ready).toMatchObject({
    status: 'logged-out',
  })
})

test('logIn and end resolve after all listeners have been called', async () => {
  const session = createTestSession({ loggedIn: false })
  const heard: string[] = []
  session.subscribe(() => heard.push(session.state.status))
  session.on('started', ({ subject }) => heard.push(`started ${String(subject)}`))
  session.onSessionEnded(({ reason, initiator }) => heard.push(`ended ${reason} by ${initiator}`))
  await session.ready
  heard.length = 0

  await session.logIn({ sub: 'alice' })
  expect(heard).toEqual(['started alice', 'logged-in'])
  await session.end('idle')
  expect(heard.slice(2)).toEqual(['ended idle by other-tab', 'logged-out'])
  expect(session.state.end).toMatchObject({ reason: 'idle', subject: 'alice' })
})

test.each([
  ['logout', 'other-tab'],
  ['idle', 'other-tab'],
  ['session-limit', 'other-tab'],
  ['storage-cleared', 'other-tab'],
  ['refresh-rejected', 'server'],
  ['reuse-detected', 'server'],
  ['revoked', 'server'],
] as const)('a session can end for the reason %s, by %s', async (reason, initiator) => {
  const session = createTestSession()
  await session.ready
  await session.end(reason)
  expect(session.state).toMatchObject({ status: 'logged-out', end: { reason, initiator } })
  expect(await session.takeLastEnd()).toMatchObject({ reason, initiator })
})

test('end rejects while no user is signed in', async () => {
  const session = createTestSession({ loggedIn: false })
  await session.ready
  await expect(session.end()).rejects.toThrow('No user is signed in')
})

test('authFetch sends a well-formed token through msw, and renews it after a 401', async () => {
  const session = createTestSession({ claims: { sub: 'alice' } })
  server.use(
    http.get(`${API}/notes`, () => new HttpResponse(null, { status: 401 }), { once: true }),
  )
  const response = await session.authFetch('/api/notes')
  expect(await response.json()).toEqual([])
  const [, claims = ''] = /^Bearer [\w-]+\.([\w-]+)\.$/.exec(shown[0] ?? '') ?? []
  expect(JSON.parse(atob(claims))).toMatchObject({ sub: 'alice', jti: 'test-2' })
})

test('authFetch sends no token while no user is signed in', async () => {
  const session = createTestSession({ loggedIn: false })
  await session.authFetch(`${API}/notes`)
  expect(shown).toEqual([null])
})

test('the options of createSession apply, such as origins', async () => {
  const session = createTestSession({ origins: ['https://api.test'] })
  server.use(
    http.get('https://api.test/notes', ({ request }) =>
      HttpResponse.json(request.headers.has('authorization')),
    ),
  )
  expect(await (await session.authFetch('https://api.test/notes')).json()).toBe(true)
})

test('login reads the answer of a login call as in a browser', async () => {
  const session = createTestSession({ loggedIn: false })
  const token = await createTestSession({ claims: { sub: 'carol' } }).getAccessToken()
  await session.login({ access_token: token, expires_in: 60 })
  expect(session.state).toMatchObject({ status: 'logged-in', subject: 'carol' })
  await expect(session.login({ session: token })).rejects.toMatchObject({
    code: 'invalid_response',
  })
})

test('fake timers hold nothing up: after a day of fake time the session continues', async () => {
  vi.useFakeTimers()
  const session = createTestSession()
  await session.ready
  const first = await session.getAccessToken()
  await vi.advanceTimersByTimeAsync(24 * 60 * 60_000)
  expect(await session.getAccessToken()).not.toBe(first)
  await session.end()
  await session.logIn()
  expect(session.state.accessExpiresAt).toBe(Date.now() + 600_000)
  session.dispose()
  expect(vi.getTimerCount()).toBe(0)
})

test('an application sees the same of a test session as of a session in a virtual browser', async () => {
  const session = createTestSession({ loggedIn: false })
  const browser = createVirtualBrowser({ session: { transport: cookieTransport('/auth') } })
  const { session: real } = browser.openTab()
  await browser.settle()

  const seen = await tell(session, {
    logIn: (sub) => session.logIn({ sub }),
    end: () => session.end('revoked'),
    call: () => session.authFetch('/api/notes'),
  })
  const expected = await tell(real, {
    async logIn(sub) {
      await real.login(browser.signIn(sub))
      await browser.settle()
    },
    async end() {
      const { sid } = real.state.claims as { readonly sid: string }
      browser.server.revoke(sid)
      void real.getAccessToken({ forceRefresh: true }).catch(() => undefined)
      await browser.advance(2_000)
    },
    call: () => real.authFetch('/api/notes'),
  })
  expect(seen).toEqual(expected)
  expect(seen.length).toBeGreaterThan(20)
})

interface Commands {
  logIn(subject: string): Promise<void>
  end(): Promise<void>
  call(): Promise<Response>
}

/** What an application sees of a session from its first login to its disposal, except times and tokens. */
async function tell(session: Session, { logIn, end, call }: Commands): Promise<unknown[]> {
  const story: unknown[] = []
  const note = (what: string): void => void story.push([what, snapshot(session)])
  const attempt = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      (value) => (value instanceof Response ? value.status : typeof value),
      (error: unknown) => isSessionError(error) && error.code,
    )
  session.subscribe(() => note('change'))
  session.on('started', ({ subject, initiator }) => story.push(['started', subject, initiator]))
  session.on('refreshed', ({ by }) => story.push(['refreshed', by]))
  session.on('degraded', (degradation) => story.push(degradation))
  session.onSessionEnded(({ reason, initiator, subject }) =>
    story.push(['ended', reason, initiator, subject]),
  )

  await session.ready
  note('ready')
  story.push(await attempt(session.getAccessToken()))
  await logIn('alice')
  note('alice has signed in')
  story.push(await attempt(call()), await attempt(session.getAccessToken()))
  story.push(await attempt(session.getAccessToken({ forceRefresh: true })))
  await logIn('bob')
  note('bob has signed in')
  await session.logout()
  note('bob has logged out')
  story.push(await attempt(session.getAccessToken()))
  story.push((await session.takeLastEnd())?.reason, (await session.takeLastEnd())?.reason)
  await logIn('carol')
  await end()
  note('the server has revoked the session of carol')
  story.push((await session.takeLastEnd())?.reason)
  session.dispose()
  story.push(await attempt(call()), await attempt(session.getAccessToken()))
  return story
}

function snapshot({ state }: Session): unknown {
  const { status, subject, claims, endsAt, end } = state
  return { status, subject, claimed: claims?.sub, endsAt, end: end?.reason }
}

describe('warn', () => {
  const NOW = Date.parse('2030-01-01T00:00:00Z')
  beforeEach(() => void vi.useFakeTimers({ now: NOW }))

  test.each([
    ['idle', true, 'idle'],
    ['refresh-limit', true, 'session-limit'],
    ['session-limit', false, 'session-limit'],
    ['refresh-rejected', false, 'refresh-rejected'],
  ] as const)(
    '%s: the warning has extendable %s, and the session ends as %s',
    async (cause, extendable, reason) => {
      const session = createTestSession()
      await session.ready
      const heard: string[] = []
      session.onSessionExpiring((warning) => heard.push(`expiring ${warning.cause}`))
      session.onSessionEnded((end) => heard.push(`ended ${end.reason}`))

      await session.warn({ cause, inMs: 30_000 })
      expect(session.state.warning).toMatchObject({ cause, extendable, endsAt: NOW + 30_000 })
      expect(heard).toEqual([`expiring ${cause}`])

      await vi.advanceTimersByTimeAsync(29_000)
      expect(session.state.status).toBe('logged-in')
      await vi.advanceTimersByTimeAsync(1_000)
      expect(heard.slice(1)).toEqual([`ended ${reason}`])
      expect(session.state).toMatchObject({ status: 'logged-out', warning: null })
      session.dispose()
    },
  )

  test.each(['idle', 'refresh-limit'] as const)(
    '%s: extend() closes the warning and the session continues',
    async (cause) => {
      const idle = idleTimeout({ afterMs: 15 * 60_000 })
      const session = createTestSession({ idle })
      await session.ready
      const extended = vi.fn()
      session.on('extended', extended)

      await session.warn({ cause })
      expect(await session.state.warning?.extend()).toMatchObject({ ok: true })
      await vi.advanceTimersByTimeAsync(0)
      expect(session.state).toMatchObject({ status: 'logged-in', warning: null })
      expect(extended).toHaveBeenCalledOnce()
      session.dispose()
    },
  )

  test('rejects while no user is signed in', async () => {
    const session = createTestSession({ loggedIn: false })
    await session.ready
    await expect(session.warn()).rejects.toThrow('No user is signed in')
    session.dispose()
  })
})
