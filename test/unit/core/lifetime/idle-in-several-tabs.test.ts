import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { idleTimeout, type IdleTimeoutOptions } from '../../../../src/index.ts'
import type { VirtualTab } from '../../../../src/testing/index.ts'
import { createProfile, type Profile, type ProfileOptions } from '../../../support/profile.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const AFTER = 15 * MINUTE

function watched(
  options: ProfileOptions & { readonly idleOptions?: Partial<IdleTimeoutOptions> } = {},
): Profile {
  const { idleOptions, ...others } = options
  return createProfile({ idle: idleTimeout({ afterMs: AFTER, ...idleOptions }), ...others })
}

async function signedIn(profile: Profile, tabs: number): Promise<readonly VirtualTab[]> {
  const all = [await profile.signedIn()]
  while (all.length < tabs) all.push(await profile.openTab())
  return all
}

async function two(profile: Profile): Promise<readonly [VirtualTab, VirtualTab]> {
  return [await profile.signedIn(), await profile.openTab()]
}

const endsOf = (tabs: readonly VirtualTab[]): string[] =>
  tabs.flatMap(({ eventsOf }) => eventsOf('ended').map(({ reason }) => reason))

const logouts = ({ server }: Profile): number => server.sentTo('/auth/logout').length

describe.each(['cookie', 'body'] as const)('in %s mode', (mode) => {
  test('of seven tabs the one with activity keeps all signed in, without a warning in any', async () => {
    const profile = watched({ mode })
    const tabs = await signedIn(profile, 7)
    for (let i = 0; i < 12; i++) {
      await profile.clock.advance(5 * MINUTE)
      tabs[3]?.session.reportActivity()
    }
    await profile.browser.settle()
    expect(endsOf(tabs)).toEqual([])
    for (const { eventsOf, session } of tabs) {
      expect(eventsOf('expiring')).toEqual([])
      expect(session.state.endsAt).toBe(profile.clock.now() + AFTER)
    }
  })

  test('without activity all tabs warn once, and all end, and one tells the server', async () => {
    const profile = watched({ mode })
    const tabs = await signedIn(profile, 7)
    const signedInAt = profile.clock.now()
    await profile.clock.advance(AFTER - MINUTE - 1)
    for (const { eventsOf } of tabs) expect(eventsOf('expiring')).toEqual([])
    await profile.clock.advance(1)
    for (const { eventsOf, session } of tabs) {
      const warning = { cause: 'idle', endsAt: signedInAt + AFTER, extendable: true }
      expect(eventsOf('expiring')).toMatchObject([warning])
      expect(session.state.warning).toMatchObject(warning)
    }

    await profile.clock.advance(MINUTE - 1)
    expect(endsOf(tabs)).toEqual([])
    await profile.clock.advance(1)
    await profile.browser.settle()
    expect(endsOf(tabs)).toEqual(Array(7).fill('idle'))
    expect(tabs[0]?.session.state).toMatchObject({ status: 'logged-out', warning: null })
    expect(tabs[0]?.session.state.end).toMatchObject({ reason: 'idle', lastActivityAt: signedInAt })
    for (const { eventsOf } of tabs) expect(eventsOf('expiring')).toHaveLength(1)
    expect(logouts(profile)).toBe(1)
  })

  test('a page that polls does not keep the session alive, and its server knows that', async () => {
    const profile = watched({ mode, accessTtlS: 120 })
    const tab = await profile.signedIn()
    const told: unknown[] = []
    for (let s = 0; s < 16 * 60; s += 10) {
      await profile.during(
        10_000,
        tab.session.authFetch('/api/poll').catch(() => undefined),
      )
    }
    for (const { body } of profile.server.sentTo('/auth/refresh')) told.push(body['idle_ms'])
    expect(endsOf([tab])).toEqual(['idle'])
    expect(told.length).toBeGreaterThan(5)
    expect(told).toEqual([...told].sort((a, b) => Number(a) - Number(b)))
    expect(told.at(-1)).toBeGreaterThan(12 * MINUTE)
  })
})

test('activity is shared at once when it comes after a while, and then no more than once in a while', async () => {
  const profile = watched()
  const [here, other] = await two(profile)
  await profile.clock.advance(10 * MINUTE)
  const before = profile.browser.used.updates
  here.session.reportActivity()
  await profile.browser.settle()
  expect(other.session.state.endsAt).toBe(profile.clock.now() + AFTER)

  const timers = here.timers
  for (let i = 0; i < 600; i++) {
    await profile.clock.advance(100)
    here.session.reportActivity()
    expect(here.timers).toBeLessThanOrEqual(timers + 1)
  }
  // A minute of moving the mouse: a quarter of the warning period lies between two writes.
  expect(profile.browser.used.updates - before).toBeLessThanOrEqual(1 + 4 + 2)
  const lastInputAt = profile.clock.now()
  await profile.clock.advance(MINUTE / 4)
  expect(other.session.state.endsAt).toBe(lastInputAt + AFTER)
})

test('a tab that is left hands over what it has not shared yet', async () => {
  const profile = watched()
  const [here, other] = await two(profile)
  here.session.reportActivity()
  await profile.clock.advance(3_000)
  here.session.reportActivity()
  const lastInputAt = profile.clock.now()
  here.close()
  await profile.clock.advance(1_000)
  expect(other.session.state.endsAt).toBe(lastInputAt + AFTER)
  expect(profile.record.idle).toMatchObject({ lastActivityAt: lastInputAt })
})

test('a tab that is left hands over what the database has not taken yet', async () => {
  const profile = watched()
  const tab = await profile.signedIn()
  await profile.clock.advance(MINUTE)
  profile.browser.faults.record = 'hangs'
  tab.session.reportActivity()
  const lastInputAt = profile.clock.now()
  await profile.clock.advance(100)
  tab.close()
  const next = await profile.openTab()
  await profile.clock.advance(1_000)
  expect(next.session.state.endsAt).toBe(lastInputAt + AFTER)
})

test('what a tab that is left hands over does not undo a sign-out that it has not heard of yet', async () => {
  const profile = watched()
  const [here, other] = await two(profile)
  here.session.reportActivity()
  await profile.clock.advance(3_000)
  here.session.reportActivity()
  // The whole browser is closed: nobody lives to complete either.
  void other.session.logout()
  other.close()
  here.close()
  const next = await profile.openTab()
  expect(next.session.state).toMatchObject({ status: 'logged-out', end: { reason: 'logout' } })
  await profile.clock.advance(1_000)
  expect(profile.server.isAlive('s1')).toBe(false)
})

test('of several limits in one session the shortest holds, and a shorter one that joins starts from then', async () => {
  const profile = watched({ idleOptions: { afterMs: HOUR } })
  const long = await profile.signedIn()
  await profile.clock.advance(20 * MINUTE)
  const short = await profile.openTab({ idle: idleTimeout({ afterMs: AFTER }) })
  const without = await profile.openTab({ idle: undefined })
  await profile.browser.settle()
  for (const { session } of [long, short, without])
    expect(session.state.endsAt).toBe(profile.clock.now() + AFTER)
  without.session.reportActivity()
  await profile.clock.advance(AFTER)
  await profile.browser.settle()
  expect(endsOf([long, short, without])).toEqual(['idle', 'idle', 'idle'])
})

test('a session without an idle timeout and without limits of the server gets one once a tab joins that has one', async () => {
  const profile = createProfile()
  const without = await profile.signedIn()
  await profile.clock.advance(HOUR)
  const joining = await profile.openTab({ idle: idleTimeout({ afterMs: AFTER }) })
  for (const { session } of [without, joining])
    expect(session.state.endsAt).toBe(profile.clock.now() + AFTER)
  await profile.clock.advance(AFTER)
  await profile.browser.settle()
  expect(endsOf([without, joining])).toEqual(['idle', 'idle'])
})

test.each([
  ['inside the warning', AFTER - 30_000, 'warned'],
  ['after the end', AFTER + HOUR, 'over'],
] as const)('a laptop that wakes %s', async (_, asleepMs, what) => {
  const profile = watched()
  const tabs = await two(profile)
  const endsAt = profile.clock.now() + AFTER
  profile.clock.sleep(asleepMs)
  const sent = profile.server.sent.length
  for (const tab of tabs) tab.tell('woke')
  const answer = tabs[0].session.authFetch('/api/me').then(
    ({ status }) => status,
    (error: unknown) => (error as { code: string }).code,
  )
  await profile.browser.settle()
  if (what === 'warned') {
    expect(await profile.during(1_000, answer)).toBe(200)
    for (const { session } of tabs)
      expect(session.state.warning).toMatchObject({ cause: 'idle', endsAt })
    return
  }
  expect(await answer).toBe('session_ended')
  expect(profile.server.sent.slice(sent).map(({ path }) => path)).toEqual(['/auth/logout'])
  for (const { eventsOf } of tabs) expect(eventsOf('expiring')).toEqual([])
  expect(endsOf(tabs)).toEqual(['idle', 'idle'])
})

test.each(['freeze', 'cache'] as const)(
  'a tab that a %s kept away while its user was idle for too long ends before its first request',
  async (how) => {
    const profile = watched()
    const away = await profile.signedIn()
    away[how]()
    await profile.clock.advance(AFTER + MINUTE)
    away.thaw()
    await expect(away.session.authFetch('/api/me')).rejects.toMatchObject({
      code: 'session_ended',
    })
    expect(profile.server.sentTo('/api/me')).toEqual([])
    expect(endsOf([away])).toEqual(['idle'])
  },
)

test('a frozen tab does not end what another one has kept alive', async () => {
  const profile = watched()
  const [away, here] = await two(profile)
  away.freeze()
  for (let i = 0; i < 4; i++) {
    await profile.clock.advance(10 * MINUTE)
    here.session.reportActivity()
    await profile.browser.settle()
  }
  away.thaw()
  await profile.browser.settle()
  expect(endsOf([away, here])).toEqual([])
  expect(away.eventsOf('expiring')).toEqual([])
})

test.each([
  [AFTER - 1_000, 'logged-in'],
  [AFTER + 1_000, 'logged-out'],
] as const)('after %i ms with all tabs closed the session is %s', async (closedMs, status) => {
  const profile = watched()
  const tab = await profile.signedIn()
  tab.close()
  await profile.clock.advance(closedMs)
  const next = await profile.openTab()
  expect(await next.session.ready).toMatchObject({ status })
  if (status === 'logged-in') {
    expect(next.eventsOf('expiring')).toHaveLength(1)
    return
  }
  expect(next.eventsOf('started')).toEqual([])
  expect(await next.session.takeLastEnd()).toMatchObject({ reason: 'idle' })
  expect(logouts(profile)).toBe(1)
})

test('a page that is shown while it still looks for its session shows none that is over', async () => {
  const profile = watched()
  const tab = await profile.signedIn()
  tab.close()
  await profile.clock.advance(AFTER + 1_000)
  const next = profile.browser.openTab()
  next.tell('woke')
  await profile.browser.settle()
  expect(next.eventsOf('started')).toEqual([])
  expect(next.session.state).toMatchObject({ status: 'logged-out', end: { reason: 'idle' } })
})

test.each([-30, -1, 1, 30])('a clock set by %i days lengthens nothing', async (days) => {
  const profile = watched()
  const tab = await profile.signedIn()
  await profile.clock.advance(10 * MINUTE)
  profile.clock.step(days * 24 * HOUR)
  tab.tell('woke')
  await profile.clock.advance(5 * MINUTE)
  await profile.browser.settle()
  expect(endsOf([tab])).toEqual(['idle'])
})

test('a clock set back while all tabs are closed lengthens nothing that was seen before', async () => {
  const profile = watched()
  const tab = await profile.signedIn()
  await profile.clock.advance(10 * MINUTE)
  tab.session.reportActivity()
  await profile.browser.settle()
  tab.close()
  profile.clock.step(-HOUR)
  const next = await profile.openTab()
  const { endsAt } = await profile.during(1_000, next.session.ready)
  expect((endsAt ?? Infinity) - profile.clock.now()).toBeLessThanOrEqual(AFTER)
  await profile.clock.advance(AFTER)
  await profile.browser.settle()
  expect(endsOf([next])).toEqual(['idle'])
})

test('no tab renews ahead for a user who is away; when they come back, one does at once', async () => {
  const profile = watched({ idleOptions: { afterMs: HOUR } })
  const tab = await profile.signedIn()
  await profile.clock.advance(11 * MINUTE)
  const renewed = profile.server.refreshes.length
  await profile.clock.advance(20 * MINUTE)
  expect(profile.server.refreshes.length).toBeLessThanOrEqual(renewed + 1)
  const quiet = profile.server.refreshes.length
  tab.session.reportActivity()
  await profile.clock.advance(2_000)
  expect(profile.server.refreshes).toHaveLength(quiet + 1)
})

test('idle time costs six wake-ups a minute at most', async () => {
  const profile = watched({ idleOptions: { afterMs: HOUR } })
  await profile.signedIn()
  await profile.clock.advance(25 * MINUTE)
  const timers = vi.spyOn(profile.clock, 'schedule')
  await profile.clock.advance(MINUTE)
  expect(timers.mock.calls.length).toBeLessThanOrEqual(6)
  expect(profile.clock.pending).toBe(1)
})

test('whichever tab has the activity, the session ends when the newest activity is too old', async () => {
  const acts = fc.array(
    fc.record({ afterS: fc.integer({ min: 1, max: 16 * 60 }), tab: fc.nat(2) }),
    { minLength: 1, maxLength: 8 },
  )
  await fc.assert(
    fc.asyncProperty(acts, async (story) => {
      const profile = watched()
      const tabs = await signedIn(profile, 3)
      let lastAt = profile.clock.now()
      for (const { afterS, tab } of story) {
        await profile.clock.advance(afterS * 1000)
        await profile.browser.settle()
        const idleMs = profile.clock.now() - lastAt
        expect(endsOf(tabs)).toEqual(idleMs >= AFTER ? ['idle', 'idle', 'idle'] : [])
        if (idleMs >= AFTER) return
        tabs[tab]?.session.reportActivity()
        // Once the warning is open, only an explicit wish counts.
        if (idleMs < AFTER - MINUTE) lastAt = profile.clock.now()
      }
    }),
    { numRuns: 40 },
  )
})
