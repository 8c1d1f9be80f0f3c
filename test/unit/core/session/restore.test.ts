import { describe, expect, test } from 'vitest'
import { anonymousTransport, cookieTransport } from '../../../../src/index.ts'
import { createVirtualBrowser } from '../../../../src/testing/virtual-browser.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { settle } from '../../../support/settle.ts'
import { json } from '../../../support/fake-server.ts'
import { createProfile, plainStorage } from '../../../support/profile.ts'
import { singleTokenServer } from '../../../support/single-token-server.ts'

const REFRESH = '/auth/refresh'
const names = (tab: VirtualTab): readonly string[] => tab.events.map(([name]) => name)

/** The states that an application sees, in order. */
function statesOf(tab: VirtualTab): string[] {
  const seen: string[] = [tab.session.state.status]
  tab.session.subscribe(() => seen.push(tab.session.state.status))
  return seen
}

describe('without a record', () => {
  test('an anonymous visitor costs one request, is logged out at once, and no event is emitted', async () => {
    const profile = createProfile()
    const tab = profile.browser.openTab()
    const states = statesOf(tab)
    // No time passes: nothing waits for a timer.
    expect(await tab.session.ready).toMatchObject({ status: 'logged-out', end: null })
    await settle()
    expect(states).toEqual(['restoring', 'logged-out'])
    expect(tab.events).toEqual([])
    expect(await tab.session.takeLastEnd()).toBeNull()

    const again = await profile.openTab()
    expect(again.session.state.status).toBe('logged-out')
    await profile.clock.advance(3_600_000)
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
  })

  test('a cookie that this browser does not know of is found, and its session is announced as restored', async () => {
    const profile = createProfile()
    profile.server.signIn()
    const tab = await profile.openTab()
    expect(await tab.session.ready).toMatchObject({ status: 'logged-in', subject: 'alice' })
    expect(tab.eventsOf('started')).toEqual([{ subject: 'alice', initiator: 'restored' }])
    expect(names(tab)).toEqual(['started'])
  })

  test('two tabs that open at once make one attempt', async () => {
    const profile = createProfile()
    profile.server.signIn()
    const tabs = [profile.browser.openTab(), profile.browser.openTab()]
    await profile.clock.advance(2_000)
    for (const tab of tabs) {
      expect(tab.session.state.status).toBe('logged-in')
      expect(tab.eventsOf('started')).toEqual([{ subject: 'alice', initiator: 'restored' }])
      expect(await tab.session.getAccessToken()).toBe(await tabs[0]?.session.getAccessToken())
    }
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
  })

  test('two anonymous tabs that open at once make one attempt', async () => {
    const profile = createProfile()
    const tabs = [profile.browser.openTab(), profile.browser.openTab()]
    await profile.clock.advance(2_000)
    for (const { session, events } of tabs) {
      expect(session.state.status).toBe('logged-out')
      expect(events).toEqual([])
    }
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
  })

  test('E2: a page reloaded in the middle of the first attempt repeats it with the same key, once its answer would be there', async () => {
    const profile = createProfile()
    profile.server.signIn()
    profile.server.hold(REFRESH, () => undefined)
    const tab = await profile.openTab()
    tab.crash()
    profile.server.hold(REFRESH, null)
    const next = await profile.openTab()
    // Nothing is known of the server yet, which may take a repeated request for theft (O1).
    await profile.clock.advance(5_000)
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
    await profile.clock.advance(2_000)
    expect(next.session.state.status).toBe('logged-in')
    const keys = profile.server.sentTo(REFRESH).map(({ headers }) => headers.get('idempotency-key'))
    expect(keys).toHaveLength(2)
    expect(new Set(keys).size).toBe(1)
  })

  test('with a body transport nobody is signed in, and nothing is asked', async () => {
    const profile = createProfile({ mode: 'body' })
    const tab = await profile.openTab()
    expect(tab.session.state.status).toBe('logged-out')
    expect(profile.server.sent).toEqual([])
    expect(tab.events).toEqual([])
  })

  test('offline: `ready` settles after the first attempt, and the session comes when the network does', async () => {
    const profile = createProfile()
    profile.server.signIn()
    const offline = (): never => {
      throw new TypeError('Failed to fetch')
    }
    for (let time = 0; time < 2; time++) profile.server.next(REFRESH, offline)
    const tab = profile.browser.openTab()
    expect((await tab.session.ready).status).not.toBe('logged-in')
    await settle()
    expect(tab.eventsOf('ended')).toEqual([])
    tab.tell('online')
    await profile.clock.advance(1_500)
    expect(tab.session.state.status).toBe('logged-in')
    expect(tab.eventsOf('started')).toEqual([{ subject: 'alice', initiator: 'restored' }])
  })
})

describe('a server that says by an answer of its own that no user is signed in', () => {
  const html = { headers: { 'content-type': 'text/html' } }
  const ANSWERS: readonly [string, () => Response][] = [
    ['400', () => json({ error: 'invalid_request' }, 400)],
    ['401 with HTML', () => new Response('<p>Sign in</p>', { ...html, status: 401 })],
    ['403', () => json({ error: 'csrf' }, 403)],
    ['404', () => new Response('Cannot POST', { ...html, status: 404 })],
    ['204', () => new Response(null, { status: 204 })],
    ['200 with {}', () => json({})],
    ['200 with null', () => json(null)],
    ['200 without a body', () => new Response()],
    ['a redirect', () => Response.redirect('https://app.test/login')],
  ]

  /** A page that was opened before that server, whose next answers are those. */
  async function opened(answers: readonly (() => Response)[]) {
    const profile = createProfile()
    for (const answer of answers) profile.server.next(REFRESH, answer)
    const tab = profile.browser.openTab()
    expect(await tab.session.ready).toMatchObject({ status: 'logged-out' })
    return { profile, tab }
  }

  test.each(ANSWERS)('%s: the page asks once, whatever happens to it', async (_, answer) => {
    const { profile, tab } = await opened([answer, answer, answer])
    await profile.clock.advance(300_000)
    for (const moment of ['online', 'woke'] as const) tab.tell(moment)
    await profile.clock.advance(300_000)
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
    expect(tab.session.state.status).toBe('logged-out')
  })

  test.each(ANSWERS)('%s: each next page asks at once', async (_, answer) => {
    const { profile, tab } = await opened([answer, answer, answer, answer])
    for (let page = 0; page < 3; page++) {
      const denied = await profile.openTab()
      expect(await denied.session.ready).toMatchObject({ status: 'logged-out' })
      denied.close()
    }
    profile.server.signIn('alice')
    const next = await profile.openTab()
    expect(next.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
    await settle()
    expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
    profile.server.forget()
    await profile.clock.advance(600_000)
    expect(profile.server.refreshes).toHaveLength(1)
  })

  test('a login is not held up by that', async () => {
    const { profile, tab } = await opened([() => json({}, 404)])
    await tab.session.login(profile.server.signIn('alice'))
    profile.server.forget()
    await profile.clock.advance(600_000)
    expect(profile.server.refreshes).toHaveLength(1)
  })

  test.each([408, 425, 429, 500, 503])(
    '%i is an outage, and the page asks again',
    async (status) => {
      const { profile, tab } = await opened([() => json({}, status)])
      profile.server.signIn('alice')
      await profile.clock.advance(2_000)
      expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
    },
  )

  const cutOff = () =>
    new ReadableStream({
      pull(controller) {
        controller.error(new TypeError('terminated'))
      },
    })
  test.each([
    ["a captive portal's page", () => new Response('<p>Wi-Fi</p>', html)],
    ['text', () => new Response('OK')],
    ['an answer that is cut off', () => new Response(cutOff())],
  ])('200 with %s is no answer of the server, and the page asks again', async (_, answer) => {
    const { profile, tab } = await opened([answer])
    profile.server.signIn('alice')
    await profile.clock.advance(2_000)
    expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
    expect(tab.eventsOf('refresh-failed')).toMatchObject([{ status: null }])
  })

  test('a server that admits anyone has not said so by any answer', async () => {
    const transport = anonymousTransport('/anonymous')
    const browser = createVirtualBrowser({
      session: { transport, storage: plainStorage },
      server: singleTokenServer({ ttlMs: 600_000 }),
    })
    browser.network.next('/anonymous', () => json({}, 404))
    const tab = browser.openTab()
    await tab.session.ready
    await browser.advance(2_000)
    expect(tab.session.state.status).toBe('logged-in')
  })
})

describe('a hint cookie', () => {
  const transport = cookieTransport('/auth', { hintCookie: 'signed-in' })

  test('that is absent saves the first request', async () => {
    const profile = createProfile({ transport })
    profile.server.signIn()
    const tab = await profile.openTab()
    expect(tab.session.state.status).toBe('logged-out')
    expect(profile.server.sent).toEqual([])
  })

  test('that is there beats a logged-out record: a user has signed in elsewhere', async () => {
    const profile = createProfile({ transport })
    const tab = await profile.signedIn()
    await tab.session.logout()
    await settle()
    profile.server.signIn('bob')
    profile.browser.stored.cookies.push('signed-in')
    const next = await profile.openTab()
    expect(next.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
  })

  test('L1: that is there only because the server has not heard of the sign-out yet beats nothing', async () => {
    const profile = createProfile({ transport })
    const tab = await profile.signedIn()
    profile.browser.stored.cookies.push('signed-in')
    for (let time = 0; time < 4; time++)
      profile.server.next('/auth/logout', () => Promise.reject(new TypeError('offline')))
    await tab.session.logout()
    await settle()
    tab.close()

    const next = await profile.openTab()
    await profile.clock.advance(1_000)
    expect(next.session.state.status).toBe('logged-out')
    expect(next.eventsOf('started')).toEqual([])
    expect(profile.server.sentTo(REFRESH)).toEqual([])
  })
})

describe('with a record', () => {
  test('logged out stays logged out; only a login changes it', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await tab.session.logout()
    await settle()
    tab.close()
    profile.server.signIn('bob')
    const next = await profile.openTab()
    await profile.clock.advance(60_000)
    expect(next.session.state).toMatchObject({ status: 'logged-out', end: { reason: 'logout' } })
    expect(profile.server.sentTo(REFRESH)).toEqual([])
  })

  test('a fresh token in the record needs no request', async () => {
    const profile = createProfile({ mode: 'body' })
    const tab = await profile.signedIn()
    const token = await tab.session.getAccessToken()
    tab.close()
    const next = await profile.openTab()
    expect(next.session.state.status).toBe('logged-in')
    expect(await next.session.getAccessToken()).toBe(token)
    expect(next.eventsOf('started')).toEqual([{ subject: 'alice', initiator: 'restored' }])
    expect(profile.server.sent).toEqual([])
  })

  test('a fresh token in another tab is handed over within 60 ms, without a request', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const next = profile.browser.openTab()
    await profile.clock.advance(59)
    expect(await next.session.getAccessToken()).toBe(await tab.session.getAccessToken())
    expect(profile.server.sent).toEqual([])
    expect(names(next)).toEqual(['started'])
  })

  test('a token of unknown lifetime in another tab is handed over as well', async () => {
    const profile = createProfile()
    const other = await profile.openTab()
    await other.session.login({ ...profile.server.signIn(), expires_in: undefined })
    await settle()
    profile.server.forget()
    const tab = await profile.openTab()
    expect(await tab.session.ready).toMatchObject({ status: 'logged-in', subject: 'alice' })
    expect(await tab.session.getAccessToken()).toBe(await other.session.getAccessToken())
    expect(profile.server.sent).toEqual([])
  })

  test('a fresh token that no tab has is fetched after 60 ms', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    tab.close()
    const next = profile.browser.openTab()
    await profile.clock.advance(59)
    expect(profile.server.sent).toEqual([])
    expect(next.session.state.status).toBe('logged-in')
    await profile.clock.advance(1)
    await settle()
    expect(profile.server.refreshes).toEqual([{ outcome: 'rotated', sid: 's1', seq: 1 }])
    expect(await next.session.getAccessToken()).toBeTypeOf('string')
  })

  test.each(['cookie', 'body'] as const)(
    'an expired token is renewed by this tab before `ready`, %s mode',
    async (mode) => {
      const profile = createProfile({ mode })
      const tab = await profile.signedIn()
      tab.close()
      await profile.expire()
      const next = profile.browser.openTab()
      await next.session.ready
      expect(profile.server.refreshes).toHaveLength(1)
      expect(next.session.state.accessExpiresAt).toBeGreaterThan(profile.clock.now())
      expect(await next.session.getAccessToken()).toBeTypeOf('string')
      await settle()
      expect(profile.server.refreshes).toHaveLength(1)
      expect(next.events).toMatchObject([
        ['started', { initiator: 'restored' }],
        ['refreshed', { by: 'this-tab' }],
      ])
    },
  )

  test.each(['cookie', 'body'] as const)(
    'a session that is past its limit is ended before anything is shown or sent, %s mode',
    async (mode) => {
      const profile = createProfile({ mode })
      const tab = await profile.signedIn({ session_expires_in: 3_600 })
      tab.close()
      profile.clock.sleep(3_600_000)
      const next = profile.browser.openTab()
      const states = statesOf(next)
      expect(await next.session.ready).toMatchObject({
        status: 'logged-out',
        end: { reason: 'session-limit', subject: 'alice' },
      })
      await settle()
      expect(states).toEqual(['restoring', 'logged-out'])
      expect(next.eventsOf('started')).toEqual([])
      expect(profile.server.sentTo(REFRESH)).toEqual([])
      // One tab tells the server.
      expect(profile.server.sentTo('/auth/logout')).toHaveLength(1)
      expect(profile.server.isAlive('s1')).toBe(false)
      expect(await next.session.takeLastEnd()).toMatchObject({ reason: 'session-limit' })
    },
  )

  test('requests made while restoring wait for it and are sent with a token', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    tab.close()
    await profile.expire()
    const next = profile.browser.openTab()
    const answers = [next.session.authFetch('/api/me'), next.session.authFetch('/api/me')]
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200])
  })

  test('a server that cannot be reached leaves the session as it is', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    tab.close()
    await profile.expire()
    for (let time = 0; time < 2; time++)
      profile.server.next(REFRESH, () => Promise.reject(new TypeError('offline')))
    const next = profile.browser.openTab()
    expect(await next.session.ready).toMatchObject({ status: 'logged-in', subject: 'alice' })
    expect(next.eventsOf('ended')).toEqual([])
    expect((await profile.during(2_000, next.session.authFetch('/api/me'))).status).toBe(200)
  })

  test('storage that was cleared between two pages costs a request, not the session', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    tab.close()
    profile.browser.stored.record = undefined
    profile.browser.stored.mirror = null
    const next = await profile.openTab()
    expect(next.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
  })
})
