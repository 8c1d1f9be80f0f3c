import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { strictServer, type VirtualTab } from '../../../../src/testing/index.ts'
import { createVirtualBrowser } from '../../../../src/testing/virtual-browser.ts'
import { cookieTransport } from '../../../../src/index.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'
import { rejection } from '../../../support/signed-in.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const MODES = ['cookie', 'body'] as const

/** What a request of each tab is answered. */
async function answers(
  { during }: Profile,
  tabs: readonly VirtualTab[],
): Promise<readonly number[]> {
  const sent = tabs.map(({ session }) => session.authFetch('/api/me'))
  return (await during(5_000, Promise.all(sent))).map(({ status }) => status)
}

/** The network is gone: whatever is sent is lost. */
function goOffline({ server }: Profile): void {
  for (const path of ['/auth/refresh', '/api/me']) server.hold(path, ({ lose }) => lose())
}

function goOnline({ server }: Profile, tabs: readonly VirtualTab[]): void {
  for (const path of ['/auth/refresh', '/api/me']) server.hold(path, null)
  for (const tab of tabs) tab.tell('online')
}

/** What was sent to be renewed, without the second try that a network error is given (K1). */
function attemptsOf({ server }: Profile): number {
  return server.sentTo('/auth/refresh').filter(({ keepalive }) => keepalive).length
}

describe.each(MODES)('in %s mode', (mode) => {
  test('a laptop that sleeps for a night wakes to its session, before the network is back', async () => {
    const profile = createProfile({ mode })
    const tabs = [await profile.signedIn(), await profile.openTab(), await profile.openTab()]
    goOffline(profile)
    profile.clock.sleep(9 * HOUR)
    for (const tab of tabs) tab.tell('woke')
    await profile.clock.advance(20_000)
    expect(profile.server.refreshes).toEqual([])
    goOnline(profile, tabs)
    expect(await answers(profile, tabs)).toEqual([200, 200, 200])
    expect(profile.server.refreshes).toHaveLength(1)
    for (const { eventsOf } of tabs) expect(eventsOf('ended')).toEqual([])
  })

  test('a renewal that was on its way while the laptop slept does not count its limits from before the sleep', async () => {
    const profile = createProfile({ mode })
    const tab = await profile.signedIn({ session_expires_in: 10 * 3_600 })
    const { endsAt } = tab.session.state
    profile.server.hold('/auth/refresh', ({ pass }) => void profile.clock.schedule(pass, 100))
    const renewed = tab.session.getAccessToken({ forceRefresh: true })
    await profile.browser.settle()
    profile.clock.sleep(6 * HOUR)
    await profile.during(1_000, renewed)
    // The server may have answered as early as a request is waited for.
    expect(Number(endsAt) - Number(tab.session.state.endsAt)).toBeLessThan(11_000)
    expect(tab.session.state.accessExpiresAt).toBeGreaterThan(profile.clock.now())
    await profile.clock.advance(5 * MINUTE)
    expect(tab.eventsOf('ended')).toEqual([])
  })

  test.each(['frozen', 'in the back/forward cache'] as const)(
    'a tab that was %s for a day goes on with what the others have renewed',
    async (how) => {
      const profile = createProfile({ mode })
      const [away, other] = [await profile.signedIn(), await profile.openTab()]
      if (how === 'frozen') away.freeze()
      else away.cache()
      for (let hour = 0; hour < 24; hour++) {
        await profile.clock.advance(HOUR)
        expect(await answers(profile, [other])).toEqual([200])
      }
      const sofar = profile.server.refreshes.length
      away.thaw()
      expect(await answers(profile, [away])).toEqual([200])
      expect(profile.server.refreshes).toHaveLength(sofar)
      expect(away.eventsOf('ended')).toEqual([])
    },
  )

  test('tabs that are hidden for hours, their timers throttled to one a minute, answer each request', async () => {
    const profile = createProfile({ mode })
    const tabs = [await profile.signedIn(), await profile.openTab()]
    profile.browser.faults.timers = 'throttled'
    for (const tab of tabs) tab.setVisible(false)
    for (let time = 0; time < 12; time++) {
      await profile.clock.advance(20 * MINUTE)
      expect(await answers(profile, tabs)).toEqual([200, 200])
    }
    // One for each time that the token had expired, and none of its own accord.
    expect(profile.server.refreshes).toHaveLength(12)
  })

  test('a day offline costs nothing but its requests: one refresh when the network is back', async () => {
    const profile = createProfile({ mode })
    const tabs = [await profile.signedIn(), await profile.openTab()]
    goOffline(profile)
    for (let hours = 0; hours < 24; hours += 4) {
      await profile.clock.advance(4 * HOUR)
      const [tab] = tabs
      const error = await profile.during(
        20_000,
        rejection(tab?.session.authFetch('/api/me') ?? Promise.resolve()),
      )
      expect(error).toMatchObject({ code: 'refresh_unavailable' })
      for (const { session } of tabs) expect(session.state.status).toBe('logged-in')
    }
    // Two a minute, both tabs together: they share one back-off.
    expect(attemptsOf(profile)).toBeLessThan(2 * 24 * 62)
    goOnline(profile, tabs)
    expect(await answers(profile, tabs)).toEqual([200, 200])
    expect(profile.server.refreshes).toHaveLength(1)
    for (const { eventsOf } of tabs) expect(eventsOf('ended')).toEqual([])
  })

  test('components mounted twice, as in StrictMode, leave one session and one refresh', async () => {
    const profile = createProfile({ mode })
    const before = await profile.signedIn()
    before.close()
    profile.clock.sleep(HOUR)
    const first = profile.browser.openTab()
    first.session.dispose()
    const second = await profile.openTab()
    expect(await answers(profile, [second])).toEqual([200])
    expect(profile.server.sentTo('/auth/refresh')).toHaveLength(1)
    expect(second.eventsOf('started')).toHaveLength(1)
    expect(first.holding).toBe(0)
    await expect(first.session.authFetch('/api/me')).rejects.toMatchObject({ code: 'disposed' })
  })
})

test('a hidden tab whose timers are throttled ends its session within a minute of the limit', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn({ session_expires_in: 3 * 3_600 })
  profile.browser.faults.timers = 'throttled'
  tab.setVisible(false)
  await profile.clock.advance(3 * HOUR)
  await profile.clock.advance(MINUTE)
  expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'session-limit' }])
})

test('a browser that wipes storage after seven days without a visit restores the session from its cookie, without a flash of the login page', async () => {
  const profile = createProfile()
  const last = await profile.signedIn()
  last.close()
  profile.clock.sleep(7 * DAY)
  profile.browser.stored.record = undefined
  profile.browser.stored.mirror = null
  const tab = profile.browser.openTab()
  const states: string[] = [tab.session.state.status]
  tab.session.subscribe(() => states.push(tab.session.state.status))
  await profile.browser.settle()
  expect([...new Set(states)]).toEqual(['restoring', 'logged-in'])
  expect(tab.eventsOf('started')).toMatchObject([{ subject: 'alice', initiator: 'restored' }])
  expect(tab.eventsOf('ended')).toEqual([])
})

test('site data cleared by the user, cookies included: every tab announces it, and takes the next login', async () => {
  const profile = createProfile()
  const tabs = [await profile.signedIn(), await profile.openTab()]
  profile.browser.clearSiteData()
  for (const tab of tabs) tab.tell('woke')
  await profile.browser.settle()
  for (const { session, eventsOf } of tabs) {
    expect(session.state.status).toBe('logged-out')
    expect(eventsOf('ended')).toMatchObject([{ reason: 'storage-cleared' }])
  }
  await tabs[0]?.session.login(profile.server.signIn('bob'))
  await profile.browser.settle()
  expect(await answers(profile, tabs)).toEqual([200, 200])
})

test('a private window, or the page embedded in another site, is another browser: neither ends the session of the other', async () => {
  const server = strictServer()
  let shared: ReturnType<typeof server> | undefined
  const open = (): ReturnType<typeof createVirtualBrowser> =>
    createVirtualBrowser({
      session: { transport: cookieTransport('/auth') },
      server: (clock) => (shared ??= server(clock)),
    })
  const [top, partition] = [open(), open()]
  const [one, two] = [top.openTab(), partition.openTab()]
  await one.session.login(top.signIn('alice'))
  await two.session.ready
  expect(two.session.state.status).toBe('logged-out')
  await two.session.login(partition.signIn('alice'))
  await two.session.logout()
  await partition.settle()
  expect(one.session.state.status).toBe('logged-in')
  expect((await one.session.authFetch('/api/me')).status).toBe(200)
  expect(one.eventsOf('ended')).toEqual([])
})

test('a duplicated tab brings nothing along that could be used twice: both go on for ten renewals', async () => {
  const profile = createProfile()
  const tabs = [await profile.signedIn(), await profile.openTab()]
  for (let time = 0; time < 10; time++) {
    await profile.expire()
    expect(await answers(profile, tabs)).toEqual([200, 200])
  }
  expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(Array(10).fill('rotated'))
})

describe('an outage', () => {
  test('of ten minutes with ten tabs is no storm: less than two calls a minute from all of them, and all go on after it', async () => {
    const profile = createProfile()
    const tabs = [await profile.signedIn()]
    while (tabs.length < 10) tabs.push(await profile.openTab())
    await profile.expire()
    let isDown = true
    profile.server.hold('/auth/refresh', (leg) =>
      leg.way === 'up' && isDown ? leg.lose() : leg.pass(),
    )
    for (let minute = 0; minute < 10; minute++) {
      const failed = tabs.map(({ session }) => rejection(session.authFetch('/api/me')))
      for (const error of await profile.during(MINUTE, Promise.all(failed)))
        expect(error).toMatchObject({ code: 'refresh_unavailable' })
    }
    // A handful while the back-off grows to its minute, then four in three minutes.
    expect(attemptsOf(profile)).toBeLessThan(10 + 13)
    isDown = false
    await profile.clock.advance(MINUTE)
    expect(await answers(profile, tabs)).toEqual(tabs.map(() => 200))
    expect(profile.server.refreshes).toHaveLength(1)
  })

  test('however a renewal fails, a tab that shows tries again by itself, and the session goes on', async () => {
    const failures: readonly (() => Response)[] = [
      () => new Response(null, { status: 500 }),
      () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
      () => new Response('{"access_token":', { status: 200 }),
      () => new Response(null, { status: 429, headers: { 'retry-after': '20' } }),
      () => Response.error(),
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...failures), { minLength: 1, maxLength: 12 }),
        async (row) => {
          const profile = createProfile()
          const tab = await profile.signedIn()
          for (const failure of row) profile.server.next('/auth/refresh', failure)
          for (let minute = 0; minute < 10 + row.length; minute++) {
            await profile.clock.advance(MINUTE)
            expect(tab.session.state.status).toBe('logged-in')
            expect(tab.timers).toBeGreaterThan(0)
          }
          expect(profile.server.refreshes.length).toBeGreaterThan(0)
          expect(await answers(profile, [tab])).toEqual([200])
        },
      ),
      { numRuns: 30, seed: 1 },
    )
  }, 30_000)
})

test('whatever the clock says and however long tokens live, each is renewed once, and no request fails', async () => {
  const step = fc.record({
    waitShare: fc.double({ min: 0.05, max: 1.5, noNaN: true }),
    stepMs: fc.oneof(fc.constant(0), fc.integer({ min: -30 * DAY, max: 30 * DAY })),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 5, max: 90 * 86_400 }),
      fc.integer({ min: -30 * DAY, max: 30 * DAY }),
      fc.array(step, { minLength: 1, maxLength: 12 }),
      async (accessTtlS, skewMs, steps) => {
        const profile = createProfile({ accessTtlS })
        profile.clock.step(skewMs)
        const tab = await profile.signedIn()
        let passedMs = 0
        let jumps = 0
        for (const { waitShare, stepMs } of steps) {
          // Most of it asleep: ninety days of ten-second naps are a long test.
          const waitMs = Math.round(waitShare * accessTtlS * 1_000)
          profile.clock.sleep(Math.max(waitMs - 30_000, 0))
          await profile.clock.advance(Math.min(waitMs, 30_000))
          passedMs += waitMs
          if (stepMs !== 0) jumps++
          profile.clock.step(stepMs)
          expect(await answers(profile, [tab])).toEqual([200])
          passedMs += 5_000
        }
        const lives = passedMs / (0.75 * accessTtlS * 1_000)
        expect(profile.server.refreshes.length).toBeLessThanOrEqual(
          Math.ceil(lives) + 2 * jumps + 2,
        )
        expect(tab.eventsOf('ended')).toEqual([])
      },
    ),
    { numRuns: 60, seed: 1 },
  )
}, 60_000)
