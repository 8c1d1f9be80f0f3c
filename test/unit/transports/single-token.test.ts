import { describe, expect, test } from 'vitest'
import {
  anonymousTransport,
  idleTimeout,
  expiryWarnings,
  renewTransport,
  slidingTransport,
} from '../../../src/index.ts'
import { createVirtualBrowser } from '../../../src/testing/index.ts'
import { plainStorage } from '../../support/profile.ts'
import { singleTokenServer } from '../../support/single-token-server.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const storage = plainStorage

describe('slidingTransport', () => {
  function sliding(options: { slidesAfter?: number; afterMs?: number } = {}) {
    const { slidesAfter = 0.5, afterMs } = options
    return createVirtualBrowser({
      server: singleTokenServer({ ttlMs: HOUR, slidesAfter }),
      session: {
        transport: slidingTransport('/api/me'),
        storage,
        warnings: expiryWarnings(),
        ...(afterMs !== undefined && { idle: idleTimeout({ afterMs }) }),
      },
    })
  }

  test('requests of the application keep the session alive in all tabs, without a separate renewal', async () => {
    const browser = sliding()
    const [first, second] = [browser.openTab(), browser.openTab()]
    await first.session.login(browser.signIn())
    for (let time = 0; time < 20; time++) {
      await browser.advance(HOUR * 0.6)
      const tab = time % 2 === 0 ? first : second
      expect((await tab.session.authFetch('/api/notes')).status).toBe(200)
    }
    await browser.settle()
    expect(browser.network.sentTo('/api/me')).toHaveLength(0)
    expect(await first.session.getAccessToken()).toBe(await second.session.getAccessToken())
    expect(second.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
  })

  test('of forty answers in any order, the newest token is kept in all tabs', async () => {
    const browser = sliding({ slidesAfter: 0 })
    const tabs = [browser.openTab(), browser.openTab(), browser.openTab()]
    await tabs[0]?.session.login(browser.signIn())
    await browser.settle()
    const legs: { pass(): void }[] = []
    browser.network.hold('/api/notes', (leg) => {
      if (leg.way === 'up') leg.pass()
      else legs.push(leg)
    })
    const answers: Promise<Response>[] = []
    for (let n = 0; n < 40; n++) {
      const tab = tabs[n % tabs.length]
      if (tab) answers.push(tab.session.authFetch('/api/notes'))
      await browser.advance(1_000)
    }
    const tokens: (string | null)[] = []
    // The newest first, the oldest last, and the others mixed.
    const order = [...legs.slice(30).reverse(), ...legs.slice(0, 10), ...legs.slice(10, 30)]
    for (const leg of order) {
      leg.pass()
      await browser.settle()
    }
    for (const answer of answers) tokens.push((await answer).headers.get('x-access-token'))
    expect(new Set(tokens).size).toBe(40)
    await browser.settle()
    for (const tab of tabs) expect(await tab.session.getAccessToken()).toBe(tokens.at(-1))
  })

  test('a session without requests expires, with a warning before', async () => {
    const browser = sliding()
    const tab = browser.openTab()
    await tab.session.login(browser.signIn())
    await browser.advance(HOUR - 30_000)
    expect(tab.session.state.warning).toMatchObject({ cause: 'refresh-limit', extendable: true })
    await browser.advance(40_000)
    expect(tab.session.state).toMatchObject({
      status: 'logged-out',
      end: { reason: 'session-limit' },
    })
    expect(browser.network.sent).toHaveLength(0)
  })

  test('extend() keeps the session alive, and an active user is not warned', async () => {
    const browser = sliding()
    const tab = browser.openTab()
    await tab.session.login(browser.signIn())
    await browser.advance(HOUR - 30_000)
    expect(await tab.session.extend()).toMatchObject({ ok: true })
    expect(tab.session.state.warning).toBeNull()

    const watched = sliding({ afterMs: 2 * HOUR })
    const other = watched.openTab()
    await other.session.login(watched.signIn())
    let warnings = 0
    other.session.onSessionExpiring(() => warnings++)
    for (let time = 0; time < 30; time++) {
      await watched.advance(HOUR / 6)
      other.session.reportActivity()
    }
    expect(other.session.state.status).toBe('logged-in')
    expect(warnings).toBe(0)
  })

  test('a renewal that is forced in the first half of a life gets the token that is there: no failure, no pause, for all tabs', async () => {
    const browser = sliding()
    const tabs = [browser.openTab(), browser.openTab()] as const
    await tabs[0].session.login(browser.signIn())
    await browser.advance(HOUR / 4)
    const token = await tabs[0].session.getAccessToken()
    const { endsAt, accessExpiresAt } = tabs[0].session.state
    for (const { session } of tabs) {
      const forced = session.getAccessToken({ forceRefresh: true, maxWaitMs: 0 })
      expect(await forced).toBe(token)
      await browser.settle()
    }
    for (const { session, eventsOf } of tabs) {
      expect(eventsOf('refresh-failed')).toEqual([])
      expect(session.state).toMatchObject({ status: 'logged-in', endsAt, accessExpiresAt })
      expect(await session.getAccessToken()).toBe(token)
    }
    expect(browser.network.sentTo('/api/me')).toHaveLength(2)
  })

  test('a 401 that is not about the token reaches the caller, and causes no other renewal for 30 s', async () => {
    const browser = sliding()
    const tab = browser.openTab()
    await tab.session.login(browser.signIn())
    const refusals = async (times: number) => {
      for (let n = 0; n < times; n++)
        browser.network.next('/api/notes', () => new Response(null, { status: 401 }))
      const answer = tab.session.authFetch('/api/notes')
      await browser.advance(20_000)
      expect((await answer).status).toBe(401)
    }
    await refusals(2)
    await refusals(1)
    expect(browser.network.sentTo('/api/me')).toHaveLength(1)
    await refusals(2)
    expect(browser.network.sentTo('/api/me')).toHaveLength(2)
    expect(tab.eventsOf('refresh-failed')).toEqual([])
    expect((await tab.session.authFetch('/api/notes')).status).toBe(200)
  })

  test('extend() of an idle warning succeeds also in the first half of a life', async () => {
    const browser = sliding({ afterMs: HOUR / 4 })
    const tab = browser.openTab()
    await tab.session.login(browser.signIn())
    await browser.advance(HOUR / 4 - 30_000)
    expect(tab.session.state.warning).toMatchObject({ cause: 'idle' })
    const endsAt = browser.clock.now() + HOUR / 4
    const extending = tab.session.extend()
    await browser.advance(20_000)
    expect(await extending).toEqual({ ok: true, endsAt })
    expect(tab.session.state.warning).toBeNull()
  })

  test('an API that gives no other token is not asked again and again by an active user, and the session ends in time', async () => {
    const browser = sliding({ slidesAfter: Infinity, afterMs: 2 * HOUR })
    const tab = browser.openTab()
    await tab.session.login(browser.signIn())
    for (let second = 0; second < 3_590; second += 5) {
      tab.session.reportActivity()
      await browser.advance(5_000)
    }
    expect(tab.session.state.status).toBe('logged-in')
    expect(browser.network.sentTo('/api/me').length).toBeLessThan(30)
    await browser.advance(10_000)
    expect(tab.session.state).toMatchObject({ end: { reason: 'session-limit' } })
  })

  test.each([
    [
      'a web page',
      () => new Response('<p>Wi-Fi</p>', { headers: { 'content-type': 'text/html' } }),
    ],
    ['an empty 204', () => new Response(null, { status: 204 })],
  ])('%s confirms no token', async (_, answer) => {
    const browser = sliding()
    const tab = browser.openTab()
    await tab.session.login(browser.signIn())
    browser.network.next('/api/me', answer)
    const forced = tab.session.getAccessToken({ forceRefresh: true, maxWaitMs: 0 })
    await expect(forced).rejects.toMatchObject({ code: 'refresh_unavailable' })
    expect(tab.eventsOf('refresh-failed')).toHaveLength(1)
  })

  test('a token that the API refuses for good ends the session', async () => {
    const browser = sliding()
    const tab = browser.openTab()
    await tab.session.login(browser.signIn())
    browser.server.forgetAccess()
    const answer = tab.session.authFetch('/api/notes')
    await browser.advance(5_000)
    expect((await answer).status).toBe(401)
    await browser.settle()
    expect(tab.session.state).toMatchObject({ status: 'logged-out' })
  })

  test('the token of another user, and one from another origin, is ignored', async () => {
    const browser = sliding({ slidesAfter: 0 })
    const tab = browser.openTab()
    await tab.session.login(browser.signIn('alice'))
    const token = await tab.session.getAccessToken()
    const stranger = browser.signIn('bob')['access_token'] as string
    await browser.advance(5_000)
    browser.network.next('/api/notes', () =>
      Response.json({}, { headers: { 'x-access-token': stranger } }),
    )
    await tab.session.authFetch('/api/notes')
    await browser.settle()
    expect(await tab.session.getAccessToken()).toBe(token)
  })

  test.each([
    ['url', () => slidingTransport('')],
    ['header', () => slidingTransport('/api/me', { header: '' })],
  ])('a wrong %s throws a TypeError that names it', (option, make) => {
    expect(make).toThrow(TypeError)
    expect(make).toThrow(`"${option}"`)
  })
})

describe.each([
  ['renewTransport', renewTransport('/auth'), '/auth/renew'],
  ['anonymousTransport', anonymousTransport('/anonymous'), '/anonymous'],
])('%s', (_, transport, path) => {
  /** A page whose token the server gives again when half of its life is over, with `more`. */
  async function repeated(more: object) {
    const server = singleTokenServer({ ttlMs: HOUR })
    const browser = createVirtualBrowser({ server, session: { transport, storage } })
    const tab = browser.openTab()
    await tab.session.login(browser.signIn())
    await browser.advance(HOUR / 2)
    const before = await tab.session.getAccessToken()
    const { accessExpiresAt } = tab.session.state
    browser.network.next(path, () => Response.json({ access_token: before, ...more }))
    expect(await tab.session.getAccessToken({ forceRefresh: true })).toBe(before)
    expect(tab.eventsOf('refresh-failed')).toEqual([])
    return { after: tab.session.state.accessExpiresAt, before: accessExpiresAt }
  }

  test('a token that the server gives again does not live longer than it said at first', async () => {
    const { after, before } = await repeated({})
    expect(after).toBe(before)
  })

  test('a token that the server gives again with a new lifetime lives for that long', async () => {
    const { after, before } = await repeated({ expires_in: 3_600 })
    expect(after).toBe((before ?? 0) + HOUR / 2)
  })
})

describe('renewTransport', () => {
  const renewing = () =>
    createVirtualBrowser({
      server: singleTokenServer({ ttlMs: 7 * DAY }),
      session: { transport: renewTransport('/auth'), storage },
    })

  test('renews every hour while a page is open, once for all tabs, with the token itself', async () => {
    const browser = renewing()
    const [first, second] = [browser.openTab(), browser.openTab()]
    await first.session.login(browser.signIn())
    await browser.settle()
    const token = await first.session.getAccessToken()
    await browser.advance(1.2 * HOUR)
    const renewals = browser.network.sentTo('/auth/renew')
    expect(renewals).toHaveLength(1)
    expect(renewals[0]?.headers.get('authorization')).toBe(`Bearer ${token}`)
    expect(await second.session.getAccessToken()).toBe(await first.session.getAccessToken())
    expect(await second.session.getAccessToken()).not.toBe(token)
    await browser.advance(24 * HOUR)
    expect(browser.server.refreshes.length).toBeGreaterThanOrEqual(22)
    expect(browser.server.refreshes.length).toBeLessThanOrEqual(28)
  })

  test('renews when a page opens with an older token', async () => {
    const browser = renewing()
    const tab = browser.openTab()
    await tab.session.login(browser.signIn())
    tab.close()
    await browser.advance(3 * DAY)
    const next = browser.openTab()
    await next.session.ready
    await browser.advance(2_000)
    expect(next.session.state.status).toBe('logged-in')
    expect(browser.network.sentTo('/auth/renew')).toHaveLength(1)
    next.close()
    const third = browser.openTab()
    await third.session.ready
    await browser.advance(2_000)
    expect(browser.network.sentTo('/auth/renew')).toHaveLength(1)
  })

  test('an outage of the auth server has no effect while the token is valid', async () => {
    const browser = renewing()
    const tab = browser.openTab()
    await tab.session.login(browser.signIn())
    browser.network.hold('/auth/renew', (leg) => leg.lose())
    await browser.advance(5 * HOUR)
    expect(browser.network.sentTo('/auth/renew').length).toBeGreaterThan(1)
    expect((await tab.session.authFetch('/api/notes')).status).toBe(200)
    browser.network.hold('/auth/renew', null)
    await browser.advance(2 * HOUR)
    expect(browser.server.refreshes.length).toBeGreaterThan(0)
  })

  test('an expired token is not renewed: the session ends', async () => {
    const browser = renewing()
    const tab = browser.openTab()
    await tab.session.login(browser.signIn())
    tab.close()
    await browser.advance(8 * DAY)
    const next = browser.openTab()
    await next.session.ready
    expect(next.session.state).toMatchObject({
      status: 'logged-out',
      end: { reason: 'session-limit' },
    })
    expect(browser.network.sentTo('/auth/renew')).toHaveLength(0)
  })

  const inOwnWords = () => Response.json({ message: 'Forbidden' }, { status: 403 })
  test.each([
    ['plainly', undefined, () => new Response('', { status: 401 })],
    ['in words that `refused` knows', () => true, inOwnWords],
    ['in words that nobody knows, again and again', undefined, inOwnWords],
  ])(
    'a renewal that the server refuses %s: the session ends with its token, for that reason',
    async (_, refused, answer) => {
      const browser = createVirtualBrowser({
        server: singleTokenServer({ ttlMs: 1.5 * HOUR }),
        session: { transport: renewTransport('/auth', { refused }), storage },
      })
      const [tab, other] = [browser.openTab(), browser.openTab()]
      await tab.session.login(browser.signIn())
      browser.network.hold('/auth/renew', (leg) =>
        leg.way === 'up' ? leg.pass(answer) : leg.pass(),
      )
      await browser.advance(1.5 * HOUR - 1_000)
      expect(tab.session.state.status).toBe('logged-in')
      await browser.advance(2_000)
      for (const { session } of [tab, other])
        expect(session.state).toMatchObject({ end: { reason: 'refresh-rejected' } })
    },
  )

  test('a wrong everyMs throws a TypeError that names it', () => {
    expect(() => renewTransport('/auth', { everyMs: 0 })).toThrow(/"everyMs" option .* 0$/)
  })
})

describe('anonymousTransport', () => {
  const anonymous = (ttlMs = HOUR) =>
    createVirtualBrowser({
      server: singleTokenServer({ ttlMs }),
      session: { transport: anonymousTransport('/anonymous'), storage },
    })

  test('ten tabs that are opened together send one request, and are the same visitor', async () => {
    const browser = anonymous()
    const tabs = Array.from({ length: 10 }, () => browser.openTab())
    await browser.advance(3_000)
    const tokens = await Promise.all(tabs.map(({ session }) => session.getAccessToken()))
    expect(new Set(tokens).size).toBe(1)
    expect(browser.network.sentTo('/anonymous')).toHaveLength(1)
    for (const { session } of tabs) expect(session.state.subject).toBe('visitor 1')
  })

  test('the visitor remains the same after renewals, and after all tabs were closed', async () => {
    const browser = anonymous()
    const tab = browser.openTab()
    await browser.advance(HOUR * 3)
    expect(browser.network.sentTo('/anonymous').length).toBeGreaterThan(2)
    tab.close()
    const next = browser.openTab()
    await next.session.ready
    expect(next.session.state).toMatchObject({ status: 'logged-in', subject: 'visitor 1' })
  })

  test('a request that is made at once waits for the token', async () => {
    const browser = anonymous()
    const answer = browser.openTab().session.authFetch('/api/notes')
    await browser.advance(1_000)
    expect((await answer).status).toBe(200)
    expect(browser.network.sentTo('/api/notes')[0]?.headers.get('authorization')).toMatch(
      /^Bearer /,
    )
  })

  test('two pages that ask at the same time without a lock are the same visitor, though the server gave two tokens', async () => {
    const browser = anonymous()
    browser.faults.locks = 'null'
    browser.faults.channel = 'deaf'
    const tabs = [browser.openTab(), browser.openTab()]
    await browser.advance(3_000)
    expect(browser.network.sentTo('/anonymous')).toHaveLength(2)
    const tokens = await Promise.all(tabs.map(({ session }) => session.getAccessToken()))
    expect(new Set(tokens).size).toBe(1)
    expect(tabs.map(({ session }) => session.state.subject)).toEqual(['visitor 1', 'visitor 1'])
  })

  test('a tab whose token was taken for that of a new visitor looks whether another tab has just renewed it', async () => {
    const browser = anonymous()
    const tabs = [browser.openTab(), browser.openTab()] as const
    await browser.advance(3_000)
    browser.faults.locks = 'null'
    browser.faults.channel = 'deaf'
    const stranger = () =>
      Response.json({ access_token: browser.signIn('stranger')['access_token'] })
    browser.network.forget()
    browser.network.hold('/anonymous', (leg) => {
      const isFirst = leg.sent === browser.network.sent[0]
      if (leg.way === 'up') leg.pass(isFirst ? undefined : stranger)
      else browser.clock.schedule(() => leg.pass(), isFirst ? 500 : 0)
    })
    const [renewed, late] = tabs.map(({ session }) =>
      session.getAccessToken({ forceRefresh: true }),
    )
    await browser.advance(3_000)
    expect(browser.network.sent).toHaveLength(2)
    expect(await late).toBe(await renewed)
    for (const { session, eventsOf } of tabs) {
      expect(eventsOf('ended')).toEqual([])
      expect(session.state.subject).toBe('visitor 1')
    }
  })

  test('a visitor whom the server no longer knows is not kept waiting: the next page begins another session', async () => {
    const browser = anonymous()
    const tab = browser.openTab()
    await tab.session.ready
    // The server gives to anyone who shows an expired token what a new visitor gets.
    await browser.sleep(2 * HOUR)
    tab.tell('woke')
    await browser.advance(10_000)
    expect(tab.session.state).toMatchObject({
      status: 'logged-out',
      end: { reason: 'refresh-rejected' },
    })
    expect(browser.network.sentTo('/anonymous')).toHaveLength(2)
    const next = browser.openTab()
    await next.session.ready
    expect(next.session.state.status).toBe('logged-in')
    expect((await next.session.authFetch('/api/notes')).status).toBe(200)
  })

  test('after a refusal, the next page begins another session', async () => {
    const browser = anonymous()
    const tab = browser.openTab()
    await tab.session.ready
    browser.network.next('/anonymous', () =>
      Response.json({ error: 'session_revoked' }, { status: 401 }),
    )
    void tab.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
    await browser.advance(3_000)
    expect(tab.session.state).toMatchObject({ status: 'logged-out', end: { reason: 'revoked' } })
    tab.close()
    const next = browser.openTab()
    await next.session.ready
    expect(next.session.state).toMatchObject({ status: 'logged-in', subject: 'visitor 2' })
  })
})
