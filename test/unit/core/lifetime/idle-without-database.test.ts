import { expect, test } from 'vitest'
import { idleTimeout } from '../../../../src/index.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'
import type { VirtualTab } from '../../../../src/testing/index.ts'

const MINUTE = 60_000

interface Pair {
  readonly profile: Profile
  readonly keeper: VirtualTab
  readonly guest: VirtualTab
}

const createWatched = (): Profile =>
  createProfile({ mode: 'body', idle: idleTimeout({ afterMs: 15 * MINUTE }) })

/** A session by refresh tokens that script can read, and beside its tab another one whose database has never answered. */
async function withGuest(): Promise<Pair> {
  const profile = createWatched()
  const guest = await profile.openTab()
  guest.faults.record = 'hangs'
  const keeper = await profile.signedIn()
  return { profile, keeper, guest }
}

test('a wish to stay in a tab without its database is told to the server by another one', async () => {
  const { profile, keeper, guest } = await withGuest()
  await profile.clock.advance(14.5 * MINUTE)
  const askedAt = profile.clock.now()
  const wish = await profile.during(5_000, guest.session.extend())
  expect(wish).toMatchObject({ ok: true })
  const { endsAt } = keeper.session.state
  expect(endsAt).toBe(guest.session.state.endsAt)
  expect(endsAt).toBeGreaterThanOrEqual(askedAt + 15 * MINUTE)
  expect(profile.server.refreshes).toEqual([{ outcome: 'rotated', sid: 's1', seq: 1 }])
})

test('where no other tab can tell it, it is not granted, and ends nothing', async () => {
  const { profile, keeper, guest } = await withGuest()
  await profile.clock.advance(14.5 * MINUTE)
  keeper.freeze()
  const wish = await profile.during(20_000, guest.session.extend())
  expect(wish).toEqual({ ok: false, reason: 'refresh_unavailable' })
  expect(guest.eventsOf('ended')).toEqual([])
  expect(profile.server.refreshes).toEqual([])
  expect(profile.server.isAlive('s1')).toBe(true)
})

test('a renewal that a full disk did not take does not pass for the wish to stay', async () => {
  const profile = createWatched()
  const tab = await profile.signedIn()
  await profile.clock.advance(9 * MINUTE)
  profile.browser.faults.record = 'full'
  await tab.session.getAccessToken({ forceRefresh: true })
  await profile.clock.advance(5.5 * MINUTE)
  const wish = await profile.during(20_000, tab.session.extend())
  expect(wish).toEqual({ ok: false, reason: 'refresh_unavailable' })
  expect(tab.eventsOf('ended')).toEqual([])

  profile.browser.faults.record = 'ok'
  const again = await profile.during(8_000, tab.session.extend())
  expect(again).toMatchObject({ ok: true })
  expect(profile.server.sentTo('/auth/refresh').at(-1)?.body['idle_ms']).toBeLessThan(9_000)
})

test('activity in a tab without its database keeps the session alive for all tabs, however long that lasts', async () => {
  const profile = createWatched()
  const keeper = await profile.signedIn()
  const guest = await profile.openTab()
  guest.faults.record = 'hangs'
  for (let minute = 0; minute < 60; minute++) {
    guest.session.reportActivity()
    await profile.clock.advance(MINUTE)
  }
  for (const { eventsOf, session } of [keeper, guest]) {
    expect(eventsOf('expiring')).toEqual([])
    expect(session.state.endsAt).toBe(profile.clock.now() + 14 * MINUTE)
  }
})

test('a session whose token only one tab remembers is not shown to others by its leaving', async () => {
  const profile = createWatched()
  profile.browser.faults.record = 'rejects'
  const tab = await profile.signedIn()
  tab.session.reportActivity()
  await profile.clock.advance(2_000)
  tab.session.reportActivity()
  tab.cache()
  profile.browser.faults.record = 'ok'
  await profile.clock.advance(6_000)
  tab.thaw()
  await profile.clock.advance(11 * MINUTE)
  expect(tab.eventsOf('ended')).toEqual([])
  const answer = tab.session.authFetch('/api/me').then(({ status }) => status)
  expect(await profile.during(5_000, answer)).toBe(200)
})
