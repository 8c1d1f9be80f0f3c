import { describe, expect, test } from 'vitest'
import { cookieTransport } from '../../../../src/index.ts'
import { neededBeyond } from '../../../../src/core/refresh/renewal.ts'
import { sessionMs } from '../../../../src/core/time/moments.ts'
import { createVirtualBrowser, strictServer } from '../../../../src/testing/index.ts'
import { settle } from '../../../support/settle.ts'
import { createProfile } from '../../../support/profile.ts'
import { BEGAN_AT, sampleRecord } from '../record/sample.ts'

const DAY = 86_400_000

/** The tokens of the record's generation 3, and when they expire. */
const EXPIRES_AT = sessionMs(BEGAN_AT + 600_000)
const record = sampleRecord({}, { generation: 3 })
const held = {
  session: record.session,
  generation: 2,
  tokens: { accessToken: 'access-2' },
  renewAt: EXPIRES_AT,
  expiresAt: EXPIRES_AT,
}
const lasting = { ...record, lifetimeMs: null }
const unopened = { ...record, generation: 0 }

test.each([
  ['that holds tokens needs newer ones than those', held, record, EXPIRES_AT - 1, 2],
  [
    'that holds none needs those of the record while they are good',
    null,
    record,
    EXPIRES_AT - 1,
    2,
  ],
  ['that holds none needs newer ones than those that have expired', null, record, EXPIRES_AT, 3],
  ['that holds none needs those of the record if their life is not known', null, lasting, DAY, 2],
  ['that holds none needs the first ones of a session that has none', null, unopened, BEGAN_AT, 0],
])('a tab %s', (_, holds, of, now, used) => {
  expect(neededBeyond({ held: holds }, of, sessionMs(now))).toBe(used)
})

describe('renewal ahead of expiry', () => {
  test('happens once for all tabs, before the token expires, while a tab is visible', async () => {
    const profile = createProfile()
    const tabs = [await profile.signedIn(), await profile.openTab(), await profile.openTab()]
    await profile.clock.advance(539_000)
    expect(profile.server.refreshes).toHaveLength(0)
    await profile.clock.advance(3_000)
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(['rotated'])
    for (const { session } of tabs) expect((await session.authFetch('/api/me')).status).toBe(200)
    await profile.clock.advance(2_000)
    expect(profile.server.refreshes).toHaveLength(1)
  })

  test('does not happen while no tab is visible, and does as soon as one is', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    tab.setVisible(false)
    await profile.clock.advance(3_600_000)
    expect(profile.server.refreshes).toEqual([])
    tab.setVisible(true)
    await profile.clock.advance(100)
    expect(profile.server.refreshes).toHaveLength(1)
  })

  test('sets no timer where no user is signed in', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    expect(tab.timers).toBe(1)
    await tab.session.logout()
    await settle()
    expect(tab.timers).toBe(0)
  })

  test('a request of a hidden tab still gets its token', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    tab.setVisible(false)
    await profile.clock.advance(3_600_000)
    expect((await profile.during(1_000, tab.session.authFetch('/api/me'))).status).toBe(200)
  })

  test('a failure ahead of time takes nothing away: the old token is sent until it expires', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    for (let time = 0; time < 40; time++)
      profile.server.next('/auth/refresh', () => new Response(null, { status: 502 }))
    const token = await tab.session.getAccessToken()
    await profile.clock.advance(585_000)
    expect(profile.server.sentTo('/auth/refresh').length).toBeGreaterThan(1)
    expect((await tab.session.authFetch('/api/me')).status).toBe(200)
    expect(await tab.session.getAccessToken()).toBe(token)
    expect(tab.session.state.status).toBe('logged-in')
  })

  test.each([3, 10, 30])(
    'a token of %i seconds is renewed once in its life, and every request is answered',
    async (accessTtlS) => {
      const profile = createProfile({ accessTtlS })
      const tab = await profile.signedIn()
      for (let time = 0; time < 120; time++) {
        await profile.clock.advance((accessTtlS * 1000) / 10)
        const answer = await profile.during(0, tab.session.authFetch('/api/me'))
        expect(answer.status).toBe(200)
      }
      // Twelve lives, renewed when a fifth is left.
      expect(profile.server.refreshes.length).toBeLessThanOrEqual(16)
      expect(profile.server.refreshes.length).toBeGreaterThanOrEqual(11)
    },
  )

  test('a token that is as good as dead on arrival is not renewed in a loop', async () => {
    const profile = createProfile({ accessTtlS: 0.05 })
    await profile.signedIn()
    await profile.clock.advance(60_000)
    expect(profile.server.refreshes.length).toBeLessThanOrEqual(61)
  })

  test('a call gets a token that has expired on its way, rather than one after the other', async () => {
    const profile = createProfile({ accessTtlS: 1 })
    const tab = await profile.signedIn()
    await profile.expire()
    tab.setVisible(false)
    profile.server.hold('/auth/refresh', (leg) => {
      profile.clock.schedule(() => leg.pass(), 1_500)
    })
    expect(await profile.during(10_000, tab.session.getAccessToken())).toBeTypeOf('string')
    expect(profile.server.refreshes).toHaveLength(2)
  })

  test('a session that it finds after an outage was restored, and is renewed by this tab', async () => {
    const profile = createProfile()
    profile.server.signIn()
    profile.server.hold('/auth/refresh', (leg) => leg.lose())
    const tab = await profile.openTab()
    await profile.clock.advance(20_000)
    profile.server.hold('/auth/refresh', null)
    await profile.clock.advance(60_000)
    expect(tab.eventsOf('started')).toEqual([{ subject: 'alice', initiator: 'restored' }])
    await profile.clock.advance(600_000)
    expect(tab.eventsOf('refreshed').map(({ by }) => by)).toEqual(['this-tab'])
  })

  test('is not tried again by a page to which the server has said in words of its own that it has no session', async () => {
    const profile = createProfile()
    profile.server.next('/auth/refresh', () => Response.json({ message: 'No' }, { status: 400 }))
    const tab = await profile.openTab()
    await profile.clock.advance(3_600_000)
    expect(tab.session.state.status).toBe('logged-out')
    expect(profile.server.sentTo('/auth/refresh')).toHaveLength(1)
  })

  test('a token of unknown lifetime is renewed in time for the refresh limit', async () => {
    const profile = createProfile()
    const tab = await profile.openTab()
    const answer = profile.server.signIn('alice', { refresh_expires_in: 600 })
    await tab.session.login({ ...answer, expires_in: undefined })
    await profile.clock.advance(1_200_000)
    expect(tab.eventsOf('ended')).toEqual([])
    expect(tab.eventsOf('expiring')).toEqual([])
  })

  test('a token of unknown lifetime is renewed when it is refused, and not before', async () => {
    const profile = createProfile()
    const tab = await profile.openTab()
    await tab.session.login({ ...profile.server.signIn(), expires_in: undefined })
    profile.server.forget()
    await profile.clock.advance(599_000)
    expect(profile.server.refreshes).toEqual([])
    await profile.clock.advance(2_000)
    expect((await profile.during(1_000, tab.session.authFetch('/api/me'))).status).toBe(200)
    expect(profile.server.refreshes).toHaveLength(1)
  })
})

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'a request that waits for a server that is away for a second is answered within two (seed %i)',
  async (seed) => {
    const browser = createVirtualBrowser({
      session: { transport: cookieTransport('/auth') },
      server: strictServer({ accessTtlMs: 60_000 }),
      seed,
    })
    const { session } = browser.openTab()
    await session.login(browser.signIn('alice'))
    const startedAt = browser.clock.now() + 60_000
    browser.network.hold('/auth/refresh', (leg) =>
      browser.clock.now() < startedAt + 1_000 ? leg.lose() : leg.pass(),
    )
    await browser.sleep(60_000)
    let answeredAt = Infinity
    const answer = session.authFetch('/api/me').then(() => (answeredAt = browser.clock.now()))
    await browser.advance(5_000)
    await answer
    expect(answeredAt - startedAt).toBeGreaterThanOrEqual(1_000)
    expect(answeredAt - startedAt).toBeLessThan(2_000)
  },
)

describe('sleep', () => {
  test('over the expiry: the first request after it is answered with one refresh', async () => {
    const profile = createProfile()
    const tabs = [await profile.signedIn(), await profile.openTab()]
    profile.clock.sleep(8 * 3_600_000)
    const answers = tabs.map(({ session }) => session.authFetch('/api/me'))
    const done = await profile.during(2_000, Promise.all(answers))
    expect(done.map(({ status }) => status)).toEqual([200, 200])
    expect(profile.server.refreshes).toHaveLength(1)
  })

  test('over the session limit: it ends within ten seconds of waking by itself', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ session_expires_in: 3_600 })
    profile.clock.sleep(8 * 3_600_000)
    await profile.clock.advance(10_000)
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'session-limit', subject: 'alice' }])
    expect(profile.server.sentTo('/auth/refresh')).toEqual([])
  })

  test('over the session limit: it ends at once when the page is woken, in every tab once', async () => {
    const profile = createProfile()
    const tabs = [
      await profile.signedIn({ session_expires_in: 3_600 }),
      await profile.openTab(),
      await profile.openTab(),
    ]
    profile.clock.sleep(8 * 3_600_000)
    for (const tab of tabs) tab.tell('woke')
    await settle()
    for (const { session, eventsOf } of tabs) {
      expect(session.state.status).toBe('logged-out')
      expect(eventsOf('ended')).toMatchObject([{ reason: 'session-limit' }])
    }
    // One of them tells the server.
    expect(profile.server.sentTo('/auth/logout')).toHaveLength(1)
  })
})

describe('a wrong clock', () => {
  test.each([30 * DAY, -30 * DAY, 3_600_000, -3_600_000, 400 * DAY])(
    'set %i ms off in the middle costs a refresh at most, and no request',
    async (ms) => {
      const profile = createProfile()
      const tab = await profile.signedIn()
      await profile.clock.advance(60_000)
      profile.clock.step(ms)
      for (let minute = 0; minute < 60; minute++) {
        await profile.clock.advance(60_000)
        const answer = await profile.during(1_000, tab.session.authFetch('/api/me'))
        expect(answer.status).toBe(200)
      }
      expect(profile.server.refreshes.length).toBeLessThanOrEqual(62 / 9 + 2)
      expect(tab.eventsOf('ended')).toEqual([])
    },
  )

  test('set back by an hour does not make a plain refusal end the session at once', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.clock.advance(60_000)
    profile.clock.step(-3_600_000)
    await profile.during(1_000, tab.session.getAccessToken({ forceRefresh: true }))
    await profile.clock.advance(60_000)
    profile.server.next('/auth/refresh', () =>
      Response.json({ error: 'invalid_grant' }, { status: 401 }),
    )
    const forced = tab.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
    await profile.during(2_000, forced)
    expect(tab.session.state.status).toBe('logged-in')
    expect((await tab.session.authFetch('/api/me')).status).toBe(200)
    await profile.clock.advance(530_000)
    expect(tab.session.state.status).toBe('logged-in')
    await profile.clock.advance(10_000)
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'refresh-rejected' }])
  })

  test('set back while the server has asked for patience does not make that an hour of it', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.expire()
    const busy = new Response(null, { status: 429, headers: { 'retry-after': '30' } })
    profile.server.next('/auth/refresh', () => busy)
    const refused = tab.session.authFetch('/api/me')
    await expect(refused).rejects.toMatchObject({ code: 'refresh_unavailable' })
    profile.clock.step(-3_500_000)
    const forced = tab.session.getAccessToken({ forceRefresh: true })
    expect(await profile.during(1_000, forced)).toBeTypeOf('string')
  })

  test('set back before a login: its session lasts as long as it should, in tabs that remember the time before too', async () => {
    const profile = createProfile()
    const other = await profile.signedIn()
    const tab = await profile.openTab()
    profile.clock.step(-30 * DAY)
    await tab.session.login(profile.server.signIn('bob', { session_expires_in: 3_600 }))
    await profile.browser.settle()
    expect(other.eventsOf('ended')).toMatchObject([{ reason: 'user-switched' }])
    await profile.clock.advance(3_590_000)
    for (const { session } of [tab, other]) expect(session.state.subject).toBe('bob')
    await profile.clock.advance(20_000)
    for (const { session } of [tab, other])
      expect(session.state.end).toMatchObject({ reason: 'session-limit', subject: 'bob' })
  })

  test('from the start makes no difference', async () => {
    const profile = createProfile()
    profile.clock.step(-20_000 * DAY)
    const tab = await profile.signedIn({ session_expires_in: 7_200 })
    await profile.clock.advance(3_600_000)
    expect((await profile.during(1_000, tab.session.authFetch('/api/me'))).status).toBe(200)
    expect(profile.server.refreshes.length).toBeLessThanOrEqual(8)
    await profile.clock.advance(3_600_000)
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'session-limit' }])
  })
})

describe('far away', () => {
  test('a limit of a year overflows no timer', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ session_expires_in: 365 * 86_400 })
    await profile.clock.advance(60_000)
    expect(tab.session.state.status).toBe('logged-in')
    expect(tab.session.state.endsAt).toBeGreaterThan(profile.clock.now() + 2 ** 31)
    profile.clock.sleep(366 * DAY)
    await profile.clock.advance(10_000)
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'session-limit' }])
  })

  test('an access token of a hundred days is renewed when it is due, by few timers', async () => {
    const profile = createProfile({ accessTtlS: 100 * 86_400 })
    const tab = await profile.signedIn()
    await profile.clock.advance(60_000)
    expect(profile.server.refreshes).toEqual([])
    expect(profile.clock.pending).toBeLessThanOrEqual(3)
    profile.clock.sleep(100 * DAY)
    await profile.clock.advance(10_100)
    expect(profile.server.refreshes).toHaveLength(1)
    expect(tab.session.state.status).toBe('logged-in')
  })
})

test('a refresh that is repeated after a night says how long the session lasts from then, not from the evening', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn({ session_expires_in: 9 * 3_600 })
  profile.server.hold('/auth/refresh', ({ lose }) => {
    // The network is gone before the request has left, and the lid is closed.
    profile.server.hold('/auth/refresh', null)
    profile.clock.sleep(8 * 3_600_000)
    lose()
  })
  await profile.clock.advance(600_000)
  expect(tab.eventsOf('ended')).toEqual([])
  expect(tab.session.state.endsAt).toBeGreaterThan(profile.clock.now() + 2_000_000)
})
