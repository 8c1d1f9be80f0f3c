import { describe, expect, test } from 'vitest'
import { idleTimeout } from '../../../../src/index.ts'
import type { Leg } from '../../../../src/testing/virtual-network.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'
import { diagnosticsOf } from '../../../support/diagnostics-of.ts'

// A tab that knows more of a session than IndexedDB writes that down by itself, without a call of the application.

interface Pair {
  readonly profile: Profile
  readonly tab: VirtualTab
  readonly other: VirtualTab
}

/** Two tabs without a database, in one of which Alice signs in: only that one has her refresh token. */
async function loggedInWithout(fault: 'hangs' | 'rejects'): Promise<Pair> {
  const profile = createProfile({ mode: 'body' })
  profile.browser.faults.record = fault
  const tab = await profile.openTab()
  const other = await profile.openTab()
  await profile.clock.advance(1_000)
  await profile.during(1_000, tab.session.login(profile.server.signIn()))
  return { profile, tab, other }
}

describe.each(['hangs', 'rejects'] as const)('a login while the database %s', (fault) => {
  test('is known to the other tabs soon after it answers, if that is soon', async () => {
    const { profile, other } = await loggedInWithout(fault)
    await profile.clock.advance(12_000)
    expect(other.session.state.status).toBe('logged-out')
    profile.browser.faults.record = 'ok'
    await profile.clock.advance(6_000)
    expect(other.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
    expect(profile.record).toMatchObject({ status: 'logged-in', sid: 's1' })
  })

  test('is known within five minutes, however long it had not answered', async () => {
    const { profile, other } = await loggedInWithout(fault)
    await profile.clock.advance(3_600_000)
    profile.browser.faults.record = 'ok'
    await profile.clock.advance(301_000)
    expect(other.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
  })

  test('is tried for less and less often', async () => {
    const { profile } = await loggedInWithout(fault)
    const tries: number[] = []
    for (let minute = 0; minute < 15; minute++) {
      const { reads } = profile.browser.used
      await profile.clock.advance(60_000)
      tries.push(profile.browser.used.reads - reads)
    }
    expect(tries[0]).toBeGreaterThanOrEqual(3)
    expect(tries.slice(10).reduce((sum, n) => sum + n)).toBeLessThanOrEqual(2)
    expect(profile.browser.written).toEqual([])
  })

  test('is not tried for any more by a tab that was disposed of', async () => {
    const { profile, tab, other } = await loggedInWithout(fault)
    for (const { session } of [tab, other]) session.dispose()
    expect(tab.timers).toBe(0)
    const { reads } = profile.browser.used
    profile.browser.faults.record = 'ok'
    await profile.clock.advance(600_000)
    expect(profile.browser.used.reads).toBe(reads)
    expect(profile.browser.written).toEqual([])
  })

  test('is not tried for any more once it is there', async () => {
    const { profile, tab } = await loggedInWithout(fault)
    profile.browser.faults.record = 'ok'
    await profile.clock.advance(10_000)
    tab.setVisible(false)
    await settle()
    const { reads, updates } = profile.browser.used
    await profile.clock.advance(300_000)
    expect(profile.browser.used).toMatchObject({ reads, updates })
  })

  test('after a long time without it is completed as soon as the first one was, when it fails anew', async () => {
    const { profile, tab, other } = await loggedInWithout(fault)
    await profile.clock.advance(120_000)
    profile.browser.faults.record = 'ok'
    await profile.clock.advance(120_000)
    expect(other.session.state.subject).toBe('alice')

    profile.browser.faults.record = fault
    await profile.during(1_000, tab.session.logout())
    await profile.during(1_000, tab.session.login(profile.server.signIn('bob')))
    profile.browser.faults.record = 'ok'
    await profile.clock.advance(12_000)
    expect(other.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
    expect(profile.record).toMatchObject({ subject: 'bob' })
  })
})

test('a tab that is disposed of while it tries to complete a login does not try again', async () => {
  const { profile, tab } = await loggedInWithout('hangs')
  for (let tenth = 0; tenth < 50; tenth++) {
    const { reads } = profile.browser.used
    await profile.clock.advance(100)
    if (profile.browser.used.reads > reads) break
  }
  tab.session.dispose()
  await profile.clock.advance(1_000)
  expect(tab.timers).toBe(0)
})

test('what a tab was writing when it was disposed of does not pass for a broken database', async () => {
  const profile = createProfile({ idle: idleTimeout({ afterMs: 15 * 60_000 }) })
  const tab = await profile.signedIn()
  profile.browser.faults.record = 'hangs'
  tab.session.reportActivity()
  tab.session.dispose()
  await profile.clock.advance(5_000)
  const { events } = await diagnosticsOf(tab.session)
  expect(events.filter(({ event }) => event === 'degraded')).toEqual([])
})

test('a tab is told once that there is no database, however often it fails', async () => {
  const { profile, tab } = await loggedInWithout('rejects')
  profile.browser.faults.record = 'ok'
  await profile.clock.advance(20_000)
  profile.browser.faults.record = 'rejects'
  await profile.during(1_000, tab.session.logout())
  expect(tab.eventsOf('degraded')).toEqual([{ missing: 'record', to: 'local-storage' }])
})

test('a sign-out of which a tab without a database has told the server is not told again, though its application has not asked why it ended', async () => {
  const profile = createProfile()
  await profile.signedIn()
  const guest = await profile.openTab()
  guest.faults.record = 'hangs'
  const onTheirWay: Leg[] = []
  profile.server.hold('/auth/logout', (leg) => onTheirWay.push(leg))
  await profile.during(1_000, guest.session.logout())
  expect(profile.record).toMatchObject({ tombstone: { sid: 's1' }, end: { reason: 'logout' } })
  profile.server.hold('/auth/logout', null)
  for (const leg of onTheirWay) leg.pass()
  await settle()

  const next = await profile.openTab()
  await profile.clock.advance(60_000)
  expect(profile.server.sentTo('/auth/logout')).toHaveLength(1)
  expect(profile.record.tombstone).toBeUndefined()
  expect(await next.session.takeLastEnd()).toMatchObject({ reason: 'logout' })
})
