import { describe, expect, test } from 'vitest'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'
import { rejection } from '../../../support/signed-in.ts'
import { diagnosticsOf } from '../../../support/diagnostics-of.ts'

// What happens around the session: pages that wake and leave, the network that returns, tabs that cannot be heard.

const REFRESH = '/auth/refresh'
const LOGOUT = '/auth/logout'
const HOUR = 3_600_000

/** Tabs that can hear of each other by the record alone. */
async function deaf(profile: Profile): Promise<readonly [VirtualTab, VirtualTab]> {
  Object.assign(profile.browser.faults, { channel: 'missing', mirror: 'refused' })
  return [await profile.signedIn(), await profile.openTab()]
}

/** A tab that has signed out, of which the server has not heard. */
async function signedOutOffline(profile: Profile): Promise<VirtualTab> {
  const tab = await profile.signedIn()
  profile.server.hold(LOGOUT, (leg) => leg.lose())
  await tab.session.logout()
  await settle()
  profile.server.hold(LOGOUT, null)
  profile.server.forget()
  return tab
}

describe('where there is no channel', () => {
  test('another tab is heard of within ten seconds, each time anew', async () => {
    const profile = createProfile()
    const [one, two] = await deaf(profile)
    await one.session.login(profile.server.signIn('bob'))
    await settle()
    expect(two.session.state.subject).toBe('alice')
    await profile.clock.advance(10_000)
    expect(two.session.state.subject).toBe('bob')

    await profile.clock.advance(5_000)
    await one.session.logout()
    await profile.clock.advance(4_900)
    expect(two.session.state.status).toBe('logged-in')
    await profile.clock.advance(100)
    expect(two.session.state.status).toBe('logged-out')
  })

  test('no tab looks any more once the session is disposed of', async () => {
    const profile = createProfile()
    for (const { session } of await deaf(profile)) session.dispose()
    const { reads } = profile.browser.used
    await profile.clock.advance(60_000)
    expect(profile.browser.used.reads).toBe(reads)
    expect(profile.clock.pending).toBe(0)
  })
})

test('where there is one, no tab looks without a reason', async () => {
  const profile = createProfile()
  await profile.signedIn()
  const { reads } = profile.browser.used
  await profile.clock.advance(60_000)
  expect(profile.browser.used.reads).toBe(reads)
})

describe('a page that wakes', () => {
  test('renews at once a token that has aged while the page was hidden', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    tab.setVisible(false)
    profile.clock.sleep(HOUR)
    tab.setVisible(true)
    await settle()
    expect(profile.server.refreshes).toHaveLength(1)
  })

  test('looks at the record before it renews: another tab may have', async () => {
    const profile = createProfile({ mode: 'body' })
    const [one, two] = await deaf(profile)
    two.setVisible(false)
    one.setVisible(false)
    profile.clock.sleep(HOUR)
    await profile.during(1_000, one.session.authFetch('/api/me'))
    two.setVisible(true)
    await profile.clock.advance(2_000)
    expect(profile.server.refreshes).toHaveLength(1)
    expect(two.eventsOf('refreshed')).toMatchObject([{ by: 'other-tab' }])
  })

  test('tells the server of a sign-out that it has not heard of, but not while another try may be under way', async () => {
    const profile = createProfile()
    const [tab, asleep] = [await profile.signedIn(), await profile.openTab()]
    profile.server.hold(LOGOUT, () => undefined)
    await tab.session.logout()
    tab.crash()
    profile.server.hold(LOGOUT, null)
    profile.server.forget()
    await profile.clock.advance(11_000)
    asleep.tell('woke')
    await settle()
    expect(profile.server.sentTo(LOGOUT)).toEqual([])
    profile.clock.sleep(4_000)
    asleep.tell('woke')
    await settle()
    expect(profile.server.sentTo(LOGOUT)).toMatchObject([{ body: { sid: 's1' } }])
    expect(profile.record.tombstone).toBeUndefined()
  })

  test('shows a sign-out in another tab before its own code runs, however slow the database is', async () => {
    const profile = createProfile()
    const [asleep, tab] = [await profile.signedIn(), await profile.openTab()]
    asleep.cache()
    await tab.session.logout()
    await settle()
    profile.browser.faults.record = 'hangs'
    asleep.thaw()
    expect(asleep.session.state).toMatchObject({ status: 'logged-out', end: { reason: 'logout' } })
  })

  test('is over at once if it wakes after the end of its session', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ session_expires_in: HOUR / 1_000 })
    profile.clock.sleep(2 * HOUR)
    tab.tell('woke')
    await settle()
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'session-limit' }])
  })

  test('is warned of the end of its session at once, however slow the database is', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ session_expires_in: HOUR / 1_000 })
    profile.browser.faults.record = 'hangs'
    profile.clock.sleep(HOUR - 30_000)
    tab.tell('woke')
    await settle()
    expect(tab.eventsOf('expiring')).toMatchObject([{ cause: 'session-limit' }])
  })
})

describe('a network that returns', () => {
  test('ends the session whose time was up meanwhile, also in a hidden page', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ session_expires_in: HOUR / 1_000 })
    tab.setVisible(false)
    profile.clock.sleep(2 * HOUR)
    tab.tell('online')
    await settle()
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'session-limit' }])
  })

  test('ends the pause after failures, for tabs that have not heard of it, too', async () => {
    const profile = createProfile()
    const [one, two] = [await profile.signedIn(), await profile.openTab()]
    for (const tab of [one, two]) tab.setVisible(false)
    await profile.expire()
    profile.server.hold(REFRESH, (leg) => leg.lose())
    // As soon as the pause is longer than the request waits.
    await profile.during(10_000, rejection(one.session.authFetch('/api/me')))
    expect(profile.record.retryAt).toBeGreaterThan(profile.clock.now() + 1_000)
    profile.server.hold(REFRESH, null)
    one.tell('online')
    await settle()
    // Without waiting for anything.
    expect((await two.session.authFetch('/api/me')).status).toBe(200)
  })

  test('ends the pause for what is requested in the same moment', async () => {
    const profile = createProfile()
    const tabs = [await profile.signedIn(), await profile.openTab()]
    await profile.expire()
    profile.server.hold(REFRESH, (leg) => leg.lose())
    for (const tab of tabs) tab.tell('woke')
    while ((profile.record.retryAt ?? 0) < profile.clock.now() + 20_000)
      await profile.clock.advance(1_000)
    profile.server.hold(REFRESH, null)
    for (const tab of tabs) tab.tell('online')
    // An application may listen to `online` as well.
    const sent = tabs.map(({ session }) => session.authFetch('/api/me'))
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([200, 200])
  })

  test('writes nothing where there is no pause to end', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const { length } = profile.browser.written
    tab.tell('online')
    await settle()
    expect(profile.browser.written).toHaveLength(length)
  })

  test('disturbs no page that still looks for its session', async () => {
    const profile = createProfile()
    ;(await profile.signedIn()).close()
    const next = profile.browser.openTab()
    next.tell('online')
    await settle()
    expect(next.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
    expect(next.reported).toEqual([])
  })

  test('does not end a pause that the server has asked for', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.expire()
    const busy = new Response(null, { status: 429, headers: { 'retry-after': '60' } })
    profile.server.next(REFRESH, () => busy)
    await expect(tab.session.authFetch('/api/me')).rejects.toMatchObject({
      code: 'refresh_unavailable',
    })
    const { retryAt } = profile.record
    profile.server.forget()
    tab.tell('online')
    await profile.clock.advance(50_000)
    expect(profile.record.retryAt).toBe(retryAt)
    expect(profile.server.sentTo(REFRESH)).toEqual([])
  })

  test('is no reason to give up a database from which everything was cleared meanwhile', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    profile.browser.faults.mirror = 'refused'
    profile.browser.clearSiteData()
    tab.tell('online')
    await settle()
    expect(tab.eventsOf('degraded')).toEqual([])
  })

  test('renews for a page that is seen at once, and need not be asked', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    profile.server.hold(REFRESH, (leg) => leg.lose())
    await profile.clock.advance(700_000)
    profile.server.hold(REFRESH, null)
    profile.server.forget()
    tab.tell('online')
    await profile.clock.advance(0)
    expect(profile.server.refreshes).toHaveLength(1)
  })
})

test('a page that is left looks at the record before its next request, one that is only hidden does not', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  await profile.during(0, tab.session.authFetch('/api/me'))
  const { reads } = profile.browser.used
  tab.setVisible(false)
  await tab.session.authFetch('/api/me')
  expect(profile.browser.used.reads).toBe(reads)
  tab.tell('left')
  await tab.session.authFetch('/api/me')
  expect(profile.browser.used.reads).toBeGreaterThan(reads)
})

test('the log keeps that a page was left or online again, and not that it was shown or hidden', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  for (const moment of ['hidden', 'woke', 'left', 'online'] as const) tab.tell(moment)
  await settle()
  const { events } = await diagnosticsOf(tab.session)
  expect(events.filter(({ event }) => event === 'page')).toMatchObject([
    { moment: 'left' },
    { moment: 'online' },
  ])
})

test('a session that was disposed of does not listen to its page', async () => {
  const profile = createProfile()
  const tab = await signedOutOffline(profile)
  tab.session.dispose()
  await profile.clock.advance(60_000)
  const { reads, updates } = profile.browser.used
  for (const moment of ['woke', 'online', 'left', 'hidden'] as const) tab.tell(moment)
  profile.browser.stored.mirror = null
  await settle()
  expect(profile.browser.used).toMatchObject({ reads, updates })
  expect(profile.server.sent).toEqual([])
})
