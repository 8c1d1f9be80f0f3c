import { describe, expect, test } from 'vitest'
import { idleTimeout, type IdleTimeoutOptions } from '../../../../src/index.ts'
import { laterTurn } from '../../../../src/testing/turn.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { createProfile, type Profile, type ProfileOptions } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'

const MINUTE = 60_000
const AFTER = 15 * MINUTE

type Options = ProfileOptions & { readonly idleOptions?: Partial<IdleTimeoutOptions> }

/** Two tabs of a watched session. */
async function watched({ idleOptions, ...options }: Options = {}): Promise<{
  readonly profile: Profile
  readonly here: VirtualTab
  readonly other: VirtualTab
}> {
  const profile = createProfile({
    idle: idleTimeout({ afterMs: AFTER, ...idleOptions }),
    ...options,
  })
  return { profile, here: await profile.signedIn(), other: await profile.openTab() }
}

describe('activity', () => {
  test('that comes soon after is shared a quarter of a minute later, and not before', async () => {
    const { profile, here, other } = await watched()
    await profile.clock.advance(MINUTE)
    here.session.reportActivity()
    await profile.clock.advance(1_000)
    const sharedAt = profile.clock.now() - 1_000
    expect(other.session.state.endsAt).toBe(sharedAt + AFTER)
    here.session.reportActivity()
    const at = profile.clock.now()
    await profile.clock.advance(13_999)
    expect(other.session.state.endsAt).toBe(sharedAt + AFTER)
    await profile.clock.advance(1)
    await settle()
    expect(other.session.state.endsAt).toBe(at + AFTER)
  })

  test('is followed by no write of what there is nothing new to tell about', async () => {
    const { profile, here } = await watched()
    await profile.clock.advance(MINUTE)
    here.session.reportActivity()
    await settle()
    const { updates } = profile.browser.used
    await profile.clock.advance(MINUTE)
    expect(profile.browser.used.updates).toBe(updates)
  })

  test('is shared once a second at most, however short the time is', async () => {
    const { profile, here } = await watched({ idleOptions: { afterMs: 61_000 } })
    const { updates } = profile.browser.used
    for (let i = 0; i < 100; i++) {
      await profile.clock.advance(100)
      here.session.reportActivity()
    }
    expect(profile.browser.used.updates - updates).toBeLessThanOrEqual(11)
    expect(profile.browser.used.updates - updates).toBeGreaterThanOrEqual(9)
  })

  test('in the next session is shared at once, however soon after the last', async () => {
    const { profile, here, other } = await watched()
    await profile.clock.advance(MINUTE)
    here.session.reportActivity()
    await here.session.login(profile.server.signIn('bob'))
    await profile.clock.advance(5_000)
    here.session.reportActivity()
    await settle()
    expect(other.session.state).toMatchObject({
      subject: 'bob',
      endsAt: profile.clock.now() + AFTER,
    })
  })

  test.each([0, -3_600_000])(
    'of the last session is not that of the next, the clock set by %i ms',
    async (ms) => {
      const { profile, here, other } = await watched()
      here.session.reportActivity()
      await profile.clock.advance(5_000)
      here.session.reportActivity()
      profile.clock.step(ms)
      await other.session.login(profile.server.signIn('bob'))
      const begunAt = profile.clock.now()
      await profile.clock.advance(MINUTE)
      here.tell('hidden')
      await settle()
      for (const { session } of [here, other]) expect(session.state.endsAt).toBe(begunAt + AFTER)
    },
  )

  test('of the last session does not count for the next one, which its tab does not know yet', async () => {
    const { profile, here, other } = await watched()
    Object.assign(profile.browser.faults, { channel: 'deaf', mirror: 'refused' })
    await other.session.login(profile.server.signIn('bob'))
    const begunAt = profile.clock.now()
    await profile.clock.advance(MINUTE)
    here.session.reportActivity()
    await settle()
    expect(profile.record).toMatchObject({ subject: 'bob', idle: { lastActivityAt: begunAt } })
    expect(here.session.state).toMatchObject({ subject: 'bob', endsAt: begunAt + AFTER })
    expect(here.eventsOf('started').at(-1)).toEqual({ subject: 'bob', initiator: 'other-tab' })
  })

  test('leaves no timer behind when its tab is disposed of at once', async () => {
    const { profile, here } = await watched()
    await profile.clock.advance(MINUTE)
    here.session.reportActivity()
    await settle()
    here.session.reportActivity()
    here.session.dispose()
    expect(here.timers).toBe(0)
    expect(here.holding).toBe(0)
  })

  test('finds that storage was cleared unseen, and does not take that for a broken database', async () => {
    const { profile, here } = await watched()
    profile.browser.faults.mirror = 'refused'
    profile.browser.clearSiteData()
    here.session.reportActivity()
    await settle()
    // Longer than the pause before the next activity is shared.
    await profile.clock.advance(MINUTE)
    expect(here.eventsOf('ended')).toMatchObject([{ reason: 'storage-cleared' }])
    expect(here.eventsOf('degraded')).toEqual([])
    expect(here.timers).toBe(0)
  })

  test('of a user who wakes the computer is shared at once, though the timer of the pause before is late', async () => {
    const { profile, here, other } = await watched()
    await profile.clock.advance(MINUTE)
    here.session.reportActivity()
    await settle()
    profile.clock.sleep(5 * MINUTE)
    here.session.reportActivity()
    await settle()
    expect(other.session.state.endsAt).toBe(profile.clock.now() + AFTER)
  })

  test('counts in the face of a warning that is of another clock', async () => {
    const { profile, here } = await watched({ idleOptions: { dismissOn: 'extend' } })
    await here.session.login(profile.server.signIn('bob', { session_expires_in: 50 }))
    expect(here.session.state.warning?.cause).toBe('session-limit')
    await profile.clock.advance(20_000)
    here.session.reportActivity()
    await settle()
    expect(profile.record.idle?.lastActivityAt).toBe(profile.clock.now())
  })

  test('where no user is signed in is not written', async () => {
    const { profile, here } = await watched()
    await here.session.logout()
    await settle()
    const { updates } = profile.browser.used
    here.session.reportActivity()
    await profile.clock.advance(MINUTE)
    expect(profile.browser.used.updates).toBe(updates)
    expect(here.eventsOf('ended')).toHaveLength(1)
  })

  test('is told by one tab, where two see it at the same moment', async () => {
    const { profile, here, other } = await watched()
    await profile.clock.advance(MINUTE)
    here.session.reportActivity()
    other.session.reportActivity()
    const posted = profile.browser.posted.length
    await settle()
    expect(profile.browser.written.at(-1)).toMatchObject({
      idle: { lastActivityAt: profile.clock.now() },
    })
    expect(profile.browser.posted.length - posted).toBeLessThanOrEqual(1)
  })

  test('is shared where messages are lost, and where there is no mirror, too', async () => {
    for (const trouble of [{ channel: 'deaf' }, { mirror: 'refused' }] as const) {
      const { profile, here, other } = await watched()
      Object.assign(profile.browser.faults, trouble)
      await profile.clock.advance(MINUTE)
      here.session.reportActivity()
      await settle()
      expect(other.session.state.endsAt).toBe(profile.clock.now() + AFTER)
    }
  })

  test('counts in its own tab while a newer version has written the record', async () => {
    const { profile, here } = await watched()
    const newer = { ...profile.record, v: 2 }
    profile.browser.stored.record = newer
    here.tell('woke')
    for (let minutes = 0; minutes < 30; minutes += 5) {
      await profile.clock.advance(5 * MINUTE)
      here.session.reportActivity()
    }
    await settle()
    expect(here.session.state.endsAt).toBe(profile.clock.now() + AFTER)
    expect(here.eventsOf('ended')).toEqual([])
    expect(profile.record).toEqual(newer)
  })

  test('after the end that nobody has noticed is not handed over by a page that is left', async () => {
    const { profile, here } = await watched({ idleOptions: { dismissOn: 'activity' } })
    here.session.reportActivity()
    await profile.clock.advance(1_000)
    here.session.reportActivity()
    profile.clock.sleep(AFTER + MINUTE)
    here.close()
    const next = await profile.openTab()
    expect(next.session.state).toMatchObject({ status: 'logged-out', end: { reason: 'idle' } })
  })
})

describe('activity that the database has not taken yet', () => {
  test('is in time, however long that takes', async () => {
    const { profile, here } = await watched({ idleOptions: { dismissOn: 'activity' } })
    await profile.clock.advance(AFTER - 100)
    profile.browser.faults.record = 'hangs'
    here.session.reportActivity()
    const at = profile.clock.now()
    await profile.clock.advance(MINUTE)
    profile.browser.faults.record = 'ok'
    await profile.clock.advance(MINUTE)
    expect(here.eventsOf('ended')).toEqual([])
    expect(profile.record.idle?.lastActivityAt).toBe(at)
  })

  test('does not hide later activity from the next page', async () => {
    const { profile, here } = await watched()
    await profile.clock.advance(MINUTE)
    profile.browser.faults.record = 'hangs'
    here.session.reportActivity()
    await profile.clock.advance(100)
    here.session.reportActivity()
    const at = profile.clock.now()
    await profile.clock.advance(1_000)
    here.close()
    const next = await profile.openTab()
    await profile.clock.advance(1_000)
    expect(next.session.state.endsAt).toBe(at + AFTER)
  })

  test('is there in the end though its page is hidden meanwhile', async () => {
    const { profile, here, other } = await watched()
    await profile.clock.advance(MINUTE)
    here.session.reportActivity()
    here.setVisible(false)
    await settle()
    expect(profile.record.idle?.lastActivityAt).toBe(profile.clock.now())
    expect(other.session.state.endsAt).toBe(profile.clock.now() + AFTER)
  })

  test('outlives that its session is disposed of', async () => {
    const { profile, here, other } = await watched()
    here.session.reportActivity()
    await profile.clock.advance(3_000)
    here.session.reportActivity()
    const at = profile.clock.now()
    here.session.dispose()
    await profile.clock.advance(1_000)
    expect(other.session.state.endsAt).toBe(at + AFTER)
  })
})

test('a session that is disposed of twice does not bring back what was cleared in between', async () => {
  const { profile, here, other } = await watched()
  here.session.reportActivity()
  await profile.clock.advance(3_000)
  here.session.reportActivity()
  other.close()
  here.session.dispose()
  profile.browser.clearSiteData()
  here.session.dispose()
  const next = await profile.openTab()
  expect(next.session.state.status).toBe('logged-out')
})

describe('a session that has ended unnoticed', () => {
  test('by a shorter limit of a tab that is gone is not revived by activity', async () => {
    const { profile, here, other } = await watched({ idleOptions: { afterMs: 60 * MINUTE } })
    other.close()
    // Nothing tells the tab of the shorter limit.
    Object.assign(profile.browser.faults, { channel: 'deaf', mirror: 'refused' })
    const short = await profile.openTab({ idle: idleTimeout({ afterMs: 5 * MINUTE }) })
    short.crash()
    await profile.clock.advance(6 * MINUTE)
    expect(here.session.state.endsAt).toBeGreaterThan(profile.clock.now())
    here.session.reportActivity()
    await profile.clock.advance(0)
    expect(here.session.state).toMatchObject({ status: 'logged-out', end: { reason: 'idle' } })
  })

  test.each([0, 1, 2, 3, 4, 5, 6])(
    'is not revived by a page that brings a shorter limit, and stands still after %i turns',
    async (turns) => {
      const { profile, here, other } = await watched()
      for (const tab of [here, other]) tab.crash()
      const short = profile.browser.openTab({ idle: idleTimeout({ afterMs: 5 * MINUTE }) })
      for (let turn = 0; turn < turns; turn++) await laterTurn()
      short.freeze()
      await profile.clock.advance(AFTER + MINUTE)
      short.thaw()
      await profile.clock.advance(0)
      expect(short.session.state).toMatchObject({ status: 'logged-out', end: { reason: 'idle' } })
    },
  )
})

describe('a session that nobody has watched', () => {
  test('is watched from the moment on at which a tab begins to, in all tabs', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.clock.advance(MINUTE)
    expect(tab.session.state.endsAt).toBeNull()
    const watching = await profile.openTab({ idle: idleTimeout({ afterMs: AFTER }) })
    await settle()
    for (const { session } of [tab, watching])
      expect(session.state.endsAt).toBe(profile.clock.now() + AFTER)
  })

  test.each([0, 1, 2, 3, 4, 5, 6])(
    'does not end without a warning, though the tab that begins to stands still after %i turns',
    async (turns) => {
      const profile = createProfile()
      const tab = await profile.signedIn()
      const watching = profile.browser.openTab({ idle: idleTimeout({ afterMs: AFTER }) })
      for (let turn = 0; turn < turns; turn++) await laterTurn()
      watching.freeze()
      await profile.clock.advance(2 * AFTER)
      watching.thaw()
      await settle()
      const warnings = tab.eventsOf('expiring').length
      expect(tab.eventsOf('ended')).toHaveLength(warnings)
    },
  )

  test('is not watched by a tab that was disposed of', async () => {
    const profile = createProfile()
    const watching = await profile.openTab({ idle: idleTimeout({ afterMs: AFTER }) })
    const tab = await profile.openTab()
    watching.session.dispose()
    await tab.session.login(profile.server.signIn())
    await settle()
    expect(tab.session.state.endsAt).toBeNull()
    expect(watching.timers).toBe(0)
  })

  test('of another user is watched as well when that one signs in', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const watching = await profile.openTab({ idle: idleTimeout({ afterMs: AFTER }) })
    await settle()
    await tab.session.login(profile.server.signIn('bob'))
    await settle()
    for (const { session } of [tab, watching])
      expect(session.state).toMatchObject({ subject: 'bob', endsAt: profile.clock.now() + AFTER })
  })
})
