import { describe, expect, test } from 'vitest'
import { cookieTransport, idleTimeout } from '../../../src/index.ts'
import {
  createVirtualBrowser,
  plainServer,
  strictServer,
  type VirtualBrowser,
} from '../../../src/testing/index.ts'

const session = { transport: cookieTransport('/auth') }

test('two tabs renew once, and both report the end, as in the README', async () => {
  const server = strictServer({ accessTtlMs: 8 * 60_000 })
  const browser = createVirtualBrowser({ server, session })
  const [first, second] = [browser.openTab(), browser.openTab()]
  await first.session.login(browser.signIn('alice', { session_expires_in: 15 * 60 }))

  await browser.advance(10 * 60_000)
  expect(browser.server.refreshes.filter(({ outcome }) => outcome === 'rotated')).toHaveLength(1)
  await browser.advance(5 * 60_000)
  expect(second.eventsOf('ended')).toMatchObject([{ reason: 'session-limit' }])
})

/** A record of half an hour with two tabs and a server that is down for a while. */
async function story(seed: number): Promise<unknown> {
  const browser = createVirtualBrowser({ session, seed })
  const tab = browser.openTab()
  await tab.session.login(browser.signIn('alice'))
  browser.openTab()
  for (let time = 0; time < 5; time++)
    browser.network.next('/auth/refresh', () => new Response(null, { status: 500 }))
  await browser.advance(30 * 60_000)
  return [browser.written, browser.posted, browser.server.refreshes, tab.events]
}

test('the same seed gives the same story, and another seed another one', async () => {
  expect(await story(1)).toEqual(await story(1))
  expect(await story(1)).not.toEqual(await story(2))
})

/** Renews with an old refresh token, as after a late answer has put it back into the cookie jar. */
async function renewWithSpent(browser: VirtualBrowser): Promise<void> {
  const tab = browser.openTab()
  await tab.session.login(browser.signIn('alice'))
  const before = new Map(browser.network.jar)
  await tab.session.getAccessToken({ forceRefresh: true })
  browser.network.jar.clear()
  for (const [name, value] of before) browser.network.jar.set(name, value)
  const again = tab.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
  await browser.advance(20_000)
  await again
}

test('a plain server ends a session if a used refresh token is sent again after its grace period', async () => {
  const browser = createVirtualBrowser({ session, server: plainServer() })
  await renewWithSpent(browser)
  expect(browser.server.isAlive('s1')).toBe(false)

  const withGrace = createVirtualBrowser({ session, server: plainServer({ graceMs: 60_000 }) })
  await renewWithSpent(withGrace)
  expect(withGrace.server.isAlive('s1')).toBe(true)
})

test('the strict server answers a repeated refresh that shows its idempotency key', async () => {
  const browser = createVirtualBrowser({ session })
  await renewWithSpent(browser)
  expect(browser.server.isAlive('s1')).toBe(true)
})

describe.each([
  ['strict', strictServer],
  ['plain', plainServer],
])('a %s server with an idle limit', (_, serverOf) => {
  const server = serverOf({ accessTtlMs: 60_000, idleMs: 300_000 })
  const { transport } = session

  test('ends a session that renews and reports no activity', async () => {
    const browser = createVirtualBrowser({ session: { transport }, server })
    const tab = browser.openTab()
    await tab.session.login(browser.signIn('alice'))
    await browser.advance(340_000)
    expect(tab.session.state.status).toBe('logged-in')
    await browser.advance(60_000)
    expect(tab.session.state.end).toMatchObject({ reason: 'idle', initiator: 'server' })
  })

  test('goes by the activity that refreshes report', async () => {
    const idle = idleTimeout({ afterMs: 300_000 })
    const browser = createVirtualBrowser({ session: { transport, idle }, server })
    const tab = browser.openTab()
    await tab.session.login(browser.signIn('alice'))
    for (let passedMs = 0; passedMs < 900_000; passedMs += 100_000) {
      tab.session.reportActivity()
      await browser.advance(100_000)
    }
    expect(tab.session.state.status).toBe('logged-in')
    await browser.advance(300_000)
    expect(tab.session.state.end).toMatchObject({ reason: 'idle', initiator: 'this-tab' })
  })
})

test('a request without keepalive ends with its page, one with keepalive continues', async () => {
  const browser = createVirtualBrowser({ session })
  for (const keepalive of [false, true]) {
    const tab = browser.openTab()
    browser.network.forget()
    let arrive = (): void => undefined
    browser.network.hold('/auth/login', ({ way, pass }) =>
      way === 'down' ? (arrive = pass) : pass(),
    )
    void tab.fetch('/auth/login', { method: 'POST', keepalive })
    await browser.settle()
    tab.close()
    arrive()
    await browser.settle()
    expect(browser.network.jar.size).toBe(keepalive ? 1 : 0)
  }
})

test('the answer of a script goes to its own request only, even if the page of that is gone', async () => {
  const browser = createVirtualBrowser({ session })
  const [stays, goes] = [browser.openTab(), browser.openTab()]
  await browser.settle()
  browser.network.hold('/api/me', ({ way, pass }) => {
    if (way === 'down') return pass()
    if (browser.network.sentTo('/api/me').length > 2) return pass()
    browser.clock.schedule(() => pass(() => new Response(null, { status: 429 })), 1_000)
  })
  const limited = stays.fetch('/api/me')
  void goes.fetch('/api/me').catch(() => undefined)
  goes.close()
  await browser.advance(1_000)
  expect((await limited).status).toBe(429)
  expect((await stays.fetch('/api/me')).status).toBe(401)
})

test('two sessions of different names share nothing', async () => {
  const browser = createVirtualBrowser({ session })
  const here = browser.openTab()
  await here.session.login(browser.signIn('alice'))
  const there = browser.openTab({ name: 'another' })
  browser.network.jar.clear()
  await browser.settle()
  expect((await there.session.ready).status).toBe('logged-out')
  await there.session.logout()
  expect(here.session.state.status).toBe('logged-in')
})

test('a strict server goes by the youngest session that is alive, whichever cookie a late answer has set last', async () => {
  const browser = createVirtualBrowser({ session })
  const { jar } = browser.network
  browser.signIn('alice')
  const late = new Map(jar)
  browser.signIn('bob')
  browser.server.revoke('s1')
  for (const [name, value] of late) {
    jar.delete(name)
    jar.set(name, value)
  }
  const tab = browser.openTab()
  await browser.settle()
  expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
})

test('closing a tab releases what it held, and so does disposing its session', async () => {
  const browser = createVirtualBrowser({ session })
  const [first, second] = [browser.openTab(), browser.openTab()]
  await browser.settle()
  expect(first.holding).toBeGreaterThan(0)
  first.close()
  expect(first.holding).toBe(0)
  second.session.dispose()
  await browser.settle()
  expect(browser.holding).toBe(0)
})
