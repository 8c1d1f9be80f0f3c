import { describe, expect, test } from 'vitest'
import { idleTimeout } from '../../../../src/index.ts'
import { keepTime } from '../../../../src/core/session/timekeeping.ts'
import { settle } from '../../../support/settle.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'
import { sampleLedger } from '../shared/sample-ledger.ts'
import { alice } from './sample-tab.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** A session that ends after 15 minutes without activity. */
function watched(): Profile {
  return createProfile({ accessTtlS: 3_600, idle: idleTimeout({ afterMs: 15 * MINUTE }) })
}

/** A page was open when the system clock was set back by an hour, has noted that in the record, and was closed. */
async function setBackAndClosed(): Promise<Profile> {
  const profile = watched()
  const before = await profile.signedIn()
  await profile.clock.advance(5 * MINUTE)
  profile.clock.step(-HOUR)
  await profile.during(1_000, before.session.authFetch('/api/me'))
  before.close()
  return profile
}

describe('a tab that is opened after the system clock was set back', () => {
  test('counts idle time as the tab that was there before', async () => {
    const profile = watched()
    const before = await profile.signedIn()
    await profile.clock.advance(5 * MINUTE)
    profile.clock.step(-HOUR)
    const after = await profile.openTab()
    await profile.clock.advance(9 * MINUTE)
    const ends = [before, after].map(({ session }) => session.state.endsAt)
    expect(ends).toEqual(Array(2).fill(profile.clock.now() + MINUTE))
    await profile.clock.advance(2 * MINUTE)
    for (const { eventsOf } of [before, after])
      expect(eventsOf('ended')).toMatchObject([{ reason: 'idle' }])
  })

  test('has its activity count for the other tabs from when it was', async () => {
    const profile = watched()
    const before = await profile.signedIn()
    await profile.clock.advance(10 * MINUTE)
    profile.clock.step(-HOUR)
    const after = await profile.openTab()
    after.session.reportActivity()
    await profile.clock.advance(14 * MINUTE - 1_000)
    for (const { session, eventsOf } of [before, after]) {
      expect(session.state.status).toBe('logged-in')
      expect(eventsOf('expiring')).toEqual([])
    }
    await profile.clock.advance(2 * MINUTE)
    for (const { session } of [before, after]) expect(session.state.status).toBe('logged-out')
  })

  test('knows of it from the record when the other tab is gone', async () => {
    const profile = await setBackAndClosed()
    const after = await profile.openTab()
    await profile.clock.advance(9 * MINUTE)
    expect(after.session.state.warning).toMatchObject({ cause: 'idle' })
    await profile.clock.advance(MINUTE)
    expect(after.eventsOf('ended')).toMatchObject([{ reason: 'idle' }])
  })

  test('goes on from when the session was last seen if no tab was there to see the clock set back', async () => {
    const profile = watched()
    const before = await profile.signedIn()
    await profile.clock.advance(5 * MINUTE)
    before.close()
    profile.clock.step(-HOUR)
    const after = await profile.openTab()
    expect(after.session.state.status).toBe('logged-in')
    await profile.clock.advance(16 * MINUTE)
    expect(after.eventsOf('ended')).toMatchObject([{ reason: 'idle' }])
  })

  test('writes no more than others have to know', async () => {
    const profile = watched()
    await profile.signedIn()
    await profile.openTab()
    profile.clock.step(-HOUR)
    await profile.openTab()
    await profile.clock.advance(MINUTE)
    const written = profile.browser.written.length
    await profile.clock.advance(5 * MINUTE)
    expect(profile.browser.written).toHaveLength(written)
  })
})

test('a session that begins after the clock was set back keeps the time of that clock', async () => {
  const profile = watched()
  const tab = await profile.signedIn()
  await profile.clock.advance(5 * MINUTE)
  profile.clock.step(-HOUR)
  await profile.during(1_000, tab.session.authFetch('/api/me'))
  expect(profile.record.aheadMs).toBeGreaterThan(HOUR - MINUTE)
  await tab.session.logout()
  await tab.session.login(profile.server.signIn('bob'))
  await profile.browser.settle()
  expect(profile.record.aheadMs).toBeUndefined()
  expect(tab.session.state.endsAt).toBe(profile.clock.now() + 15 * MINUTE)
})

test.each([
  [
    'looks like sleep to a tab that has seen it set back, and to those that are opened then',
    9,
    true,
  ],
  ['is nothing to a tab that has not', 14, false],
])('setting the clock right again %s', async (_, leftMinutes, isSeen) => {
  const profile = watched()
  const before = await profile.signedIn()
  profile.clock.step(-5 * MINUTE)
  if (isSeen) before.tell('woke')
  await profile.clock.advance(MINUTE)
  profile.clock.step(5 * MINUTE)
  before.tell('woke')
  await profile.browser.settle()
  const after = await profile.openTab()
  for (const { session } of [before, after])
    expect(session.state.endsAt).toBe(profile.clock.now() + leftMinutes * MINUTE)
})

test.each([
  ['is written when the clock is set back by more than two seconds', alice, -2_001, 2_001],
  ['is not written when the clock is corrected', alice, -2_000, undefined],
  ['is not written when the clock is set forward', alice, 60_000, undefined],
  [
    'is written once more when the clock is set back further',
    { ...alice, aheadMs: HOUR },
    -MINUTE,
    HOUR + MINUTE,
  ],
  [
    'stays when the clock is set right, which looks like sleep',
    { ...alice, aheadMs: HOUR },
    HOUR,
    HOUR,
  ],
  ['is not written once it is known', { ...alice, aheadMs: HOUR }, 0, HOUR],
  ['is of no use while no user is signed in', { ...alice, status: 'logged-out' }, -HOUR, undefined],
] as const)('how far session time is ahead %s', async (_, record, stepMs, aheadMs) => {
  const { clock, time, tab, ledger, database } = await sampleLedger(record)
  keepTime({ time, tab, ledger })
  clock.step(stepMs)
  tab.settle()
  await settle()
  expect(database.value).toMatchObject({ ...record, aheadMs })
  expect(tab.record?.aheadMs).toBe(aheadMs)
})

test('a page that is opened after the clock was set back never shows a session whose time was up before', async () => {
  const profile = await setBackAndClosed()
  await profile.clock.advance(20 * MINUTE)
  const after = await profile.openTab()
  expect(after.eventsOf('started')).toEqual([])
  expect(after.session.state).toMatchObject({ status: 'logged-out', end: { reason: 'idle' } })
})

test('a new token for a session counts as activity at the time of that session, though the clock was set back', async () => {
  const profile = watched()
  const tab = await profile.signedIn()
  await profile.clock.advance(5 * MINUTE)
  profile.clock.step(-HOUR)
  await tab.session.login({ ...profile.server.signIn('alice'), sid: 's1' })
  expect(profile.record.generation).toBe(2)
  expect(tab.session.state.endsAt).toBe(profile.clock.now() + 15 * MINUTE)
})

test('a tab that knows of no session keeps no time', async () => {
  const { clock, time, tab, ledger, database } = await sampleLedger()
  keepTime({ time, tab, ledger })
  clock.step(-HOUR)
  tab.settle()
  await settle()
  expect(database.value).toBeUndefined()
})
