import { expect, test } from 'vitest'
import { cookieTransport, SessionError, type Transport } from '../../../src/index.ts'
import { createBackend } from '../../support/backend.ts'
import { createVirtualBrowser } from '../../../src/testing/virtual-browser.ts'
import { settle } from '../../support/settle.ts'
import { json } from '../../support/fake-server.ts'
import { openPage, rejection, signIn, transport } from '../../support/signed-in.ts'

// Same arguments, same results as `fetch`; and what only a session can cause.

test('a request carries the token, and its answer is the very object that fetch gave', async () => {
  const answer = json([])
  const { session, backend } = await signIn()
  backend.route('/api/notes', () => answer)
  expect(await session.authFetch('/api/notes')).toBe(answer)
  expect(backend.shown()).toEqual(['secret-access-1'])
})

test.each([
  ['a string', '/api/notes'],
  ['an absolute string', 'https://app.test/api/notes?x=1#y'],
  ['a URL', new URL('https://app.test/api/notes')],
  ['a Request', new Request('https://app.test/api/notes')],
])('%s is a way to name what is wanted', async (_, input) => {
  const { session, backend } = await signIn()
  await session.authFetch(input)
  expect(backend.shown()).toEqual(['secret-access-1'])
})

test.each([{}, { body: null }, { body: '' }])(
  'without a body, as in %j, the token goes along',
  async (init) => {
    const { session, backend } = await signIn()
    backend.refuseIssued()
    expect((await session.authFetch('/api/notes', { method: 'POST', ...init })).status).toBe(200)
    expect(backend.shown()).toEqual(['secret-access-1', 'secret-access-2'])
    expect(backend.seenAt('/api/notes').map((request) => request.body)).toEqual(['', ''])
  },
)

test('other headers of the caller go along, from init, from a Request, and init replaces those of a Request', async () => {
  const { session, backend } = await signIn()
  const request = new Request('https://app.test/api/notes', { headers: { 'x-a': 'request' } })
  await session.authFetch('/api/notes', { headers: [['X-A', 'list']] })
  await session.authFetch(request)
  await session.authFetch(request, { headers: new Headers({ 'x-b': 'init' }) })
  const seen = backend.seenAt('/api/notes').map(({ headers }) => Object.fromEntries(headers))
  const authorization = 'Bearer secret-access-1'
  expect(seen).toEqual([
    { authorization, 'x-a': 'list' },
    { authorization, 'x-a': 'request' },
    { authorization, 'x-b': 'init' },
  ])
})

test("the caller's init and headers are not written to", async () => {
  const { session, backend } = await signIn()
  const headers = Object.freeze({ 'x-a': '1' })
  const init = Object.freeze({ headers, replay: true })
  backend.refuseIssued()
  expect((await session.authFetch('/api/notes', init)).status).toBe(200)
  expect(init).toEqual({ headers: { 'x-a': '1' }, replay: true })
})

test('a network error is the one that fetch gave, and nothing is tried again', async () => {
  const { session, backend } = await signIn()
  const broken = new TypeError('Failed to fetch')
  backend.route('/api/notes', () => Promise.reject(broken))
  expect(await rejection(session.authFetch('/api/notes'))).toBe(broken)
  expect(backend.seen).toHaveLength(1)
})

test('what fetch rejects is rejected, not thrown', async () => {
  const { session } = await signIn()
  const used = new Request('https://app.test/api/notes', { method: 'POST', body: 'x' })
  await used.text()
  const calls = [
    () => session.authFetch('/api/notes', { headers: { 'not a name': 'x' } }),
    () => session.authFetch(used),
  ]
  for (const call of calls) {
    const answer = call()
    expect(await rejection(answer)).toBeInstanceOf(TypeError)
  }
})

test('what fetch refuses does not wait for a token: it is rejected at once, though the token has expired', async () => {
  const { session, backend, clock } = await signIn()
  backend.holdRefreshes()
  clock.sleep(600_000)
  const error = rejection(session.authFetch('/api/notes', { body: 'GET has none' }))
  await settle()
  expect(backend.refreshes()).toBe(0)
  expect(await error).toBeInstanceOf(TypeError)
})

test('logged out, it is plain fetch', async () => {
  const { session, backend } = await openPage()
  const init = { headers: { 'x-a': '1' } }
  const answer = await session.authFetch('/api/notes', init)
  expect(answer.status).toBe(401)
  expect(backend.shown()).toEqual([null])
  expect(backend.seen).toHaveLength(1)
  expect(backend.seen[0]?.init).toBe(init)
})

test('while the session is being restored, a request waits for it and carries its token', async () => {
  const backend = createBackend()
  const restored = backend.holdRefreshes()
  const browser = createVirtualBrowser({
    session: { transport: cookieTransport('/auth'), fetch: backend.fetch },
  })
  const { session } = browser.openTab()
  const answer = session.authFetch('/api/notes')
  await settle()
  expect(session.state.status).toBe('restoring')
  expect(backend.shown()).toEqual([])

  restored.open()
  expect((await answer).status).toBe(200)
  expect(backend.shown()).toEqual(['secret-access-1'])
})

test('while restoring finds nobody, a request waits and then is plain fetch', async () => {
  const backend = createBackend()
  backend.route('/auth/refresh', () => json({ error: 'invalid_grant' }, 401))
  const browser = createVirtualBrowser({
    session: { transport: cookieTransport('/auth'), fetch: backend.fetch },
  })
  const { session } = browser.openTab()
  await session.authFetch('/api/notes')
  expect(backend.seen.map(({ path }) => path)).toEqual(['/auth/refresh', '/api/notes'])
  expect(backend.shown()).toEqual([null])
})

test('after a reload the first request waits for the token that the cookie brings', async () => {
  const { session, backend, browser, clock } = await signIn()
  session.dispose()
  const next = browser.openTab()
  const answer = next.session.authFetch('/api/notes')
  await clock.advance(1_000)
  expect((await answer).status).toBe(200)
  expect(next.session.state.status).toBe('logged-in')
  expect(backend.shown()).toEqual(['secret-access-2'])
})

test('after dispose it rejects with `disposed`', async () => {
  const { session, backend } = await signIn()
  session.dispose()
  session.dispose()
  const error = await rejection(session.authFetch('/api/notes'))
  expect(error).toMatchObject({ name: 'SessionError', code: 'disposed' })
  expect(error).toBeInstanceOf(SessionError)
  expect(backend.shown()).toEqual([])
})

test('without an access token that script can read, cookies and the header against CSRF go instead', async () => {
  const cookies = cookieTransport('/auth', {
    hintCookie: 'signed-in',
    headers: { 'x-csrf': 'latchkey' },
    read: () => ({ accessToken: null, expiresInMs: 600_000 }),
  })
  const { session, backend } = await signIn({ transport: cookies })
  backend.route('/api/notes', () => json([]))
  await session.authFetch('/api/notes')
  await session.authFetch('/api/notes', { credentials: 'same-origin' })
  const seen = backend.seenAt('/api/notes')
  expect(seen.map(({ headers }) => Object.fromEntries(headers))).toEqual([
    { 'x-csrf': 'latchkey' },
    { 'x-csrf': 'latchkey' },
  ])
  expect(seen.map(({ init }) => init.credentials)).toEqual(['include', 'same-origin'])
})

test('a transport dresses requests its own way, at once or after a while', async () => {
  const lines: unknown[] = []
  const dpop = {
    ...transport,
    authorize: async ({ method, url }: { method: string; url: string }) => {
      lines.push([method, url])
      await Promise.resolve()
      return { authorization: 'DPoP secret', dpop: 'proof' }
    },
  }
  const { session, backend } = await signIn({ transport: dpop })
  backend.route('/api/notes', () => json([]))
  await session.authFetch(new Request('https://app.test/api/notes', { method: 'PUT', body: 'x' }))
  await session.authFetch('/api/notes', { method: 'DELETE' })
  expect(backend.seenAt('/api/notes').map(({ headers }) => headers.get('dpop'))).toEqual([
    'proof',
    'proof',
  ])
  expect(lines).toEqual([
    ['PUT', 'https://app.test/api/notes'],
    ['DELETE', '/api/notes'],
  ])
})

// Story 11 of test/README.md: the refresh call goes through the interceptor and waits for itself.

test('a transport that refreshes through authFetch is told so, and is not left waiting for itself', async () => {
  let heard: unknown
  const reentrant = {
    ...transport,
    endpoints: [],
    refresh: async () => {
      heard = await rejection(session.authFetch('/auth/refresh'))
      throw heard
    },
  }
  const { session, clock, backend } = await signIn({ transport: reentrant, maxWaitMs: 2_000 })
  await clock.advance(600_000)
  const waiting = rejection(session.authFetch('/api/notes'))
  await clock.advance(2_000)
  expect(heard).toMatchObject({ name: 'SessionError', code: 'reentrant' })
  expect(await waiting).toMatchObject({ code: 'refresh_unavailable' })
  expect(backend.seen).toEqual([])
})

test('a transport that calls authFetch later on is not left waiting for itself either', async () => {
  const reentrant = {
    ...transport,
    endpoints: [],
    refresh: async () => {
      await Promise.resolve()
      await session.authFetch('/api/notes')
      throw new Error('Not reached')
    },
  }
  const { session, clock } = await signIn({ transport: reentrant, maxWaitMs: 2_000 })
  await clock.advance(600_000)
  const waiting = rejection(session.authFetch('/api/notes'))
  await clock.advance(2_000)
  expect(await waiting).toMatchObject({ code: 'refresh_unavailable' })
})

test('authFetch has as many parameters as fetch', async () => {
  const { session } = await signIn()
  expect(session.authFetch).toHaveLength(fetch.length)
})

test('an aborted signal rejects as early as that of fetch', async () => {
  const browser = createVirtualBrowser({ session: { transport } })
  const { session, fetch } = browser.openTab()
  await session.login(browser.signIn())
  const order: string[] = []
  const note = (by: string) => () => order.push(by)
  const init = { signal: AbortSignal.abort() }
  await Promise.all([
    session.authFetch('https://app.test/api/notes', init).catch(note('authFetch')),
    fetch('https://app.test/api/notes', init).catch(note('fetch')),
  ])
  expect(order).toEqual(['authFetch', 'fetch'])
})

test('the first request after a login is sent at once: the login has just looked', async () => {
  const { session, backend, browser } = await signIn()
  await session.login(backend.issue({ sid: 'sid-2' }))
  const { reads } = browser.used
  const answer = session.authFetch('/api/notes')
  expect((await answer).status).toBe(200)
  expect(backend.shown()).toEqual(['secret-access-2'])
  expect(browser.used.reads).toBe(reads)
})

test('a transport may take its time over the headers, whatever has replaced Promise', async () => {
  const slow: Transport = {
    ...transport,
    authorize: async (_, { accessToken }) => {
      await Promise.resolve()
      return { authorization: `Bearer ${String(accessToken)}` }
    },
  }
  const Native = globalThis.Promise
  // As zone.js does, for Angular and OpenTelemetry.
  globalThis.Promise = class extends Native<unknown> {} as PromiseConstructor
  try {
    const { session, backend } = await signIn({ transport: slow })
    await session.authFetch('/api/notes')
    expect(backend.shown()).toEqual(['secret-access-1'])
  } finally {
    globalThis.Promise = Native
  }
})
