import { describe, expect, test } from 'vitest'
import { openSharedRecord, type SharedRecord } from '../../../../src/core/shared/shared-record.ts'
import { opened } from '../../../../src/core/record/transitions.ts'
import { wallMs } from '../../../../src/core/time/moments.ts'
import type { Clock } from '../../../../src/ports.ts'
import { createLife, type Life } from '../../../../src/testing/life.ts'
import type { Leg } from '../../../../src/testing/virtual-network.ts'
import { createVirtualClock, type VirtualClock } from '../../../../src/testing/virtual-clock.ts'
import { createProfile } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'

const RECORD = opened(null, { session: 'S', key: 'K' }, wallMs(0))

/** A record whose first reading takes until it is answered. */
function openSlow(): {
  readonly clock: VirtualClock
  readonly life: Life
  readonly shared: SharedRecord
  readonly degraded: readonly unknown[]
  readonly answer: () => void
} {
  const clock = createVirtualClock()
  const life = createLife()
  const schedule: Clock['schedule'] = (callback, ms) => clock.schedule(() => life.run(callback), ms)
  const degraded: unknown[] = []
  let answer = (): void => undefined
  const store = {
    read: () => new Promise<unknown>((resolve) => (answer = () => resolve(RECORD))),
    update: () => Promise.resolve(),
    reopen: () => undefined,
    close: () => undefined,
  }
  const mirror = { read: () => null, write: () => true, watch: () => () => undefined }
  const shared = openSharedRecord({ ...clock, schedule }, store, mirror, (place) =>
    degraded.push(place),
  )
  return { clock, life, shared, degraded, answer: () => answer() }
}

describe('IndexedDB that answers too late', () => {
  test.each([300, 700, 5_000])(
    'because the page stood still for %i ms is not given up',
    async (ms) => {
      const { clock, life, shared, degraded, answer } = openSlow()
      const looking = shared.look()
      await settle()
      life.standStill()
      await clock.advance(ms)
      life.goOn()
      // Timers that were due meanwhile run before the work that the page was waiting for.
      life.catchUp()
      await clock.advance(10)
      answer()
      await clock.advance(10)
      expect(await looking).toEqual(RECORD)
      expect(degraded).toEqual([])
    },
  )

  test('because it never does is given up, however late every timer of a hidden page is', async () => {
    const { clock, life, shared, degraded } = openSlow()
    const looking = shared.look()
    for (let minute = 0; minute < 2; minute++) {
      await settle()
      life.standStill()
      await clock.advance(60_000)
      life.goOn()
      life.catchUp()
    }
    expect(await looking).toBeNull()
    await clock.advance(6_000)
    expect(degraded).toEqual(['local-storage'])
  })

  test('though the page went on all the time is given up after half a second', async () => {
    const { clock, shared, degraded, answer } = openSlow()
    const looking = shared.look()
    await clock.advance(490)
    expect(degraded).toEqual([])
    await clock.advance(10)
    answer()
    expect(await looking).toBeNull()
    // It is told of a database that does not answer for longer.
    expect(degraded).toEqual([])
    await clock.advance(4_999)
    expect(degraded).toEqual([])
    await clock.advance(501)
    expect(degraded).toEqual(['local-storage'])
  })

  test('for a moment is not worth a word', async () => {
    const { clock, shared, degraded, answer } = openSlow()
    const looking = shared.look()
    await clock.advance(500)
    expect(await looking).toBeNull()
    await clock.advance(5_000)
    answer()
    await clock.advance(60_000)
    expect(degraded).toEqual([])
  })
})

describe.each(['cookie', 'body'] as const)('an answer that is read late, %s mode', (mode) => {
  test.each([1, 2])(
    'when another tab has made %i renewals since, is taken for no newer than it is',
    async (renewals) => {
      const profile = createProfile({ mode })
      const still = await profile.signedIn()
      const other = await profile.openTab()
      await profile.expire()
      const answered: (() => void)[] = []
      profile.server.hold('/auth/refresh', (leg) => {
        if (leg.way === 'up') leg.pass()
        else answered.push(() => leg.pass())
      })
      const late = still.session.getAccessToken()
      await settle()
      still.freeze()
      profile.server.hold('/auth/refresh', null)
      for (let renewal = 0; renewal < renewals; renewal++) {
        await profile.expire()
        await profile.during(1_000, other.session.getAccessToken())
      }
      for (const arrive of answered) arrive()
      await settle()
      const before = profile.server.refreshes.length

      still.thaw()
      await profile.clock.advance(5_000)
      expect((await still.session.authFetch('/api/me')).status).toBe(200)
      expect(await late).toBeTypeOf('string')
      expect(profile.server.refreshes).toHaveLength(before)
      expect(profile.server.sentTo('/api/me')).toHaveLength(1)
    },
  )
})

test("a request of a tab that stood still while it was opened is nobody's, if others have found that out", async () => {
  const profile = createProfile()
  const asked: Leg[] = []
  profile.server.hold('/auth/refresh', (leg) => asked.push(leg))
  const still = await profile.openTab()
  const answer = still.session.authFetch('/api/me')
  still.freeze()
  profile.server.hold('/auth/refresh', null)
  const other = await profile.openTab()
  await profile.clock.advance(11_000)
  expect(other.session.state.status).toBe('logged-out')
  // A login that no tab has written down: its cookie is found by the next page.
  profile.server.signIn()
  await profile.clock.advance(60_000)
  const refreshes = profile.server.sentTo('/auth/refresh').length

  still.thaw()
  await profile.clock.advance(5_000)
  expect((await answer).status).toBe(401)
  expect(still.session.state.status).toBe('logged-out')
  expect(profile.server.sentTo('/auth/refresh')).toHaveLength(refreshes)
  expect(still.events.map(([name]) => name)).not.toContain('refreshed')
})

test('a refresh that was lost while its tab was cached is not sent again when that comes back: the cookie is another one by then', async () => {
  const profile = createProfile()
  const first = await profile.signedIn()
  const second = await profile.openTab()
  const legs: Leg[] = []
  profile.server.hold('/auth/refresh', (leg) => void legs.push(leg))
  void first.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
  await settle()
  first.cache()
  legs[0]?.lose()
  profile.server.hold('/auth/refresh', null)
  await profile.during(1_000, second.session.getAccessToken({ forceRefresh: true }))

  first.thaw()
  await profile.clock.advance(20_000)
  expect(profile.server.sentTo('/auth/refresh')).toHaveLength(2)
  expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(['rotated'])
  expect((await first.session.authFetch('/api/me')).status).toBe(200)
})

describe.each(['cookie', 'body'] as const)('in %s mode', (mode) => {
  test('a refresh whose answer never comes after Back is given up soon, and asked for again with the same key', async () => {
    const profile = createProfile({ mode })
    const tab = await profile.signedIn()
    await profile.expire()
    const lost: string[] = []
    profile.server.hold('/auth/refresh', ({ way, sent, pass }) => {
      if (way === 'up') return pass()
      // As in WebKit, where the request never settles.
      lost.push(String(sent.headers.get('idempotency-key')))
      profile.server.hold('/auth/refresh', null)
    })
    const answer = tab.session.authFetch('/api/me')
    await settle()
    tab.cache()
    await profile.clock.advance(5_000)
    tab.thaw()
    await profile.clock.advance(2_500)
    expect((await answer).status).toBe(200)
    expect(
      profile.server.sentTo('/auth/refresh').map(({ headers }) => headers.get('idempotency-key')),
    ).toEqual([lost[0], lost[0]])
    expect(tab.session.state.status).toBe('logged-in')
    expect(tab.eventsOf('refresh-failed')).toEqual([])
  })
})
