import { describe, expect, test } from 'vitest'
import { cookieTransport } from '../../../src/index.ts'
import { settle } from '../../support/settle.ts'
import { gate, json } from '../../support/fake-server.ts'
import { createProfile } from '../../support/profile.ts'
import { openPage, rejection, signIn } from '../../support/signed-in.ts'

// `getAccessToken`: for what cannot use authFetch. Never `Bearer null`.

test('resolves to the token at hand', async () => {
  const { session, backend } = await signIn()
  expect(await session.getAccessToken()).toBe('secret-access-1')
  expect(backend.refreshes()).toBe(0)
})

test('nobody signed in: rejects with `no_session`', async () => {
  const { session } = await openPage()
  expect(await rejection(session.getAccessToken())).toMatchObject({
    name: 'SessionError',
    code: 'no_session',
  })
})

test('after a logout: rejects with `no_session`, and asks no server', async () => {
  const { session, backend } = await signIn()
  await session.logout()
  expect(await rejection(session.getAccessToken())).toMatchObject({ code: 'no_session' })
  expect(backend.refreshes()).toBe(0)
})

test('an access token that script cannot read: rejects with `token_not_readable`, and says what sends it', async () => {
  const { session } = await signIn({
    transport: cookieTransport('/auth', {
      hintCookie: 'signed-in',
      read: () => ({ accessToken: null, expiresInMs: 600_000 }),
    }),
  })
  const error = await rejection(session.getAccessToken())
  expect(error).toMatchObject({ code: 'token_not_readable' })
  expect(String(error)).toMatch(/cookie.*authFetch/)
  expect(session.state.status).toBe('logged-in')
})

test('`minValidityMs` renews a token that would not live that long, and takes one that does', async () => {
  const { session, backend, clock } = await signIn()
  clock.sleep(300_000)
  expect(await session.getAccessToken({ minValidityMs: 250_000 })).toBe('secret-access-1')
  expect(await session.getAccessToken({ minValidityMs: 300_000 })).toBe('secret-access-2')
  expect(backend.refreshes()).toBe(1)
})

test('`forceRefresh` gets a newer token, once for all callers that ask together', async () => {
  const { session, backend } = await signIn()
  const tokens = await Promise.all(
    [1, 2, 3].map(() => session.getAccessToken({ forceRefresh: true })),
  )
  expect(tokens).toEqual(Array(3).fill('secret-access-2'))
  expect(backend.refreshes()).toBe(1)
})

test('an expired token is renewed first', async () => {
  const { session, clock } = await signIn()
  clock.sleep(600_000)
  expect(await session.getAccessToken()).toBe('secret-access-2')
})

test('an aging token is given out, and renewed behind it', async () => {
  const { session, backend, clock } = await signIn()
  clock.sleep(550_000)
  expect(await session.getAccessToken()).toBe('secret-access-1')
  await settle()
  expect(backend.refreshes()).toBe(1)
  expect(await session.getAccessToken()).toBe('secret-access-2')
})

test('an expired token that cannot be renewed: rejects with `refresh_unavailable`, and when to try again', async () => {
  const { session, backend, clock } = await signIn()
  backend.route('/auth/refresh', () => json({}, 503, { 'retry-after': '90' }))
  clock.sleep(600_000)
  expect(await rejection(session.getAccessToken())).toMatchObject({
    name: 'SessionError',
    code: 'refresh_unavailable',
    retryAt: clock.now() + 90_000,
  })
})

test('waits while the session is being restored', async () => {
  const { session, backend, browser, clock } = await signIn()
  session.dispose()
  const restored = backend.holdRefreshes()
  const next = browser.openTab().session
  const token = next.getAccessToken()
  await clock.advance(1_000)
  expect(await Promise.race([token, Promise.resolve('waiting')])).toBe('waiting')
  restored.open()
  expect(await token).toBe('secret-access-2')
})

test('its signal ends its own wait with its own reason, and leaves the renewal to the others', async () => {
  const { session, backend } = await signIn()
  const renewed = backend.holdRefreshes()
  const caller = new AbortController()
  const given = session.getAccessToken({ forceRefresh: true })
  const mine = rejection(session.getAccessToken({ forceRefresh: true, signal: caller.signal }))
  await settle()
  const reason = new Error('mine')
  caller.abort(reason)
  expect(await mine).toBe(reason)
  renewed.open()
  expect(await given).toBe('secret-access-2')
  expect(backend.refreshes()).toBe(1)
})

test('a signal that was aborted before rejects with its reason', async () => {
  const { session } = await signIn()
  const signal = AbortSignal.abort('mine')
  expect(await rejection(session.getAccessToken({ signal }))).toBe('mine')
})

test('logout while it waits: rejects with `session_ended`', async () => {
  const { session, backend } = await signIn()
  backend.route('/auth/refresh', () => gate<Response>().promise)
  const waiting = rejection(session.getAccessToken({ forceRefresh: true }))
  await settle()
  await session.logout()
  expect(await waiting).toMatchObject({ code: 'session_ended', reason: 'logout' })
})

test('after dispose: rejects with `disposed`', async () => {
  const { session } = await signIn()
  session.dispose()
  expect(await rejection(session.getAccessToken())).toMatchObject({ code: 'disposed' })
})

test('a demand that no token of this server can meet does not renew with every call', async () => {
  const { session, backend } = await signIn()
  for (let call = 0; call < 10; call++) {
    expect(await session.getAccessToken({ minValidityMs: 3_600_000 })).toMatch(/^secret-access-/)
  }
  expect(backend.refreshes()).toBeLessThanOrEqual(1)
})

describe('`refusedToken`', () => {
  test('gets a token newer than the one that an API has refused', async () => {
    const { session, backend } = await signIn()
    const refusedToken = await session.getAccessToken()
    expect(await session.getAccessToken({ refusedToken })).toBe('secret-access-2')
    expect(backend.refreshes()).toBe(1)
  })

  test('renews once for all callers that name the same token, however far apart they are', async () => {
    const { session, backend, clock } = await signIn()
    const refusedToken = await session.getAccessToken()
    for (let call = 0; call < 6; call++) {
      expect(await session.getAccessToken({ refusedToken })).toBe('secret-access-2')
      await clock.advance(400)
    }
    expect(backend.refreshes()).toBe(1)
  })

  test('takes the token at hand if that is another one', async () => {
    const { session, backend } = await signIn()
    expect(await session.getAccessToken({ refusedToken: 'secret-access-0' })).toBe(
      'secret-access-1',
    )
    expect(backend.refreshes()).toBe(0)
  })

  test('takes the token that another tab has fetched meanwhile', async () => {
    const profile = createProfile()
    const [one, two] = [await profile.signedIn(), await profile.openTab()]
    const refusedToken = await one.session.getAccessToken()
    const renewed = await two.session.getAccessToken({ refusedToken })
    await profile.browser.settle()
    profile.server.forget()
    expect(renewed).not.toBe(refusedToken)
    expect(await one.session.getAccessToken({ refusedToken })).toBe(renewed)
    expect(profile.server.sent.filter(({ path }) => path === '/auth/refresh')).toEqual([])
  })

  test('rejects with `refresh_unavailable` during an outage: the refused token is not given out again', async () => {
    const { session, backend } = await signIn()
    backend.route('/auth/refresh', () => json({}, 503, { 'retry-after': '90' }))
    const refusedToken = await session.getAccessToken()
    expect(await rejection(session.getAccessToken({ refusedToken }))).toMatchObject({
      code: 'refresh_unavailable',
    })
  })
})

describe('`maxWaitMs` of a call', () => {
  test.each([
    ['shorter than that of the session', 2_000],
    ['longer', 40_000],
  ])('is how long it waits for a server that hangs: %s', async (_, maxWaitMs) => {
    const { session, backend, clock } = await signIn()
    backend.route('/auth/refresh', () => gate<Response>().promise)
    const waiting = rejection(session.getAccessToken({ forceRefresh: true, maxWaitMs }))
    await clock.advance(maxWaitMs - 1)
    expect(await Promise.race([waiting, Promise.resolve('waiting')])).toBe('waiting')
    await clock.advance(1)
    expect(await waiting).toMatchObject({ code: 'refresh_unavailable' })
  })

  test('ends its own wait alone: other callers go on waiting for the same renewal', async () => {
    const { session, backend, clock } = await signIn()
    const renewed = backend.holdRefreshes()
    const patient = session.getAccessToken({ forceRefresh: true })
    const hasty = rejection(session.getAccessToken({ forceRefresh: true, maxWaitMs: 1_000 }))
    await clock.advance(1_000)
    expect(await hasty).toMatchObject({ code: 'refresh_unavailable' })
    renewed.open()
    expect(await patient).toBe('secret-access-2')
    expect(backend.refreshes()).toBe(1)
  })

  test('counts while the session is being restored as well', async () => {
    const { session, backend, browser, clock } = await signIn()
    session.dispose()
    backend.route('/auth/refresh', () => gate<Response>().promise)
    const next = browser.openTab().session
    await settle()
    const hasty = rejection(next.getAccessToken({ maxWaitMs: 1_000 }))
    await clock.advance(1_000)
    expect(await Promise.race([hasty, Promise.resolve('waiting')])).toMatchObject({
      code: 'refresh_unavailable',
    })
  })
})
