import { describe, expect, test, vi } from 'vitest'
import { expiryWarnings, idleTimeout } from '../../../../src/index.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { createProfile } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const AFTER = 15 * MINUTE
const REFRESH = '/auth/refresh'

const causesOf = ({ eventsOf }: VirtualTab): string[] =>
  eventsOf('expiring').map(({ cause }) => cause)

test('a tab that shows tells of its warning those that are hidden and whose timers are late', async () => {
  const profile = createProfile({ idle: idleTimeout({ afterMs: AFTER }) })
  await profile.clock.advance(30_000)
  const [shown, hidden] = [await profile.signedIn(), await profile.openTab()]
  profile.browser.faults.mirror = 'refused'
  profile.browser.faults.timers = 'throttled'
  hidden.setVisible(false)
  await profile.clock.advance(AFTER - MINUTE)
  await settle()
  for (const tab of [shown, hidden]) expect(causesOf(tab)).toEqual(['idle'])
})

test('a hidden tab wakes no other tab for its warning', async () => {
  const profile = createProfile({ idle: idleTimeout({ afterMs: AFTER }) })
  const tab = await profile.signedIn()
  tab.setVisible(false)
  const posted = profile.browser.posted.length
  await profile.clock.advance(AFTER - MINUTE)
  expect(causesOf(tab)).toEqual(['idle'])
  expect(profile.browser.posted).toHaveLength(posted)
})

test('an open warning sets no timer of a second: each tab wakes six times a minute as before', async () => {
  const profile = createProfile({ accessTtlS: 7_200 })
  const tab = await profile.signedIn({ session_expires_in: 3_600 })
  await profile.clock.advance(HOUR - MINUTE)
  expect(causesOf(tab)).toEqual(['session-limit'])
  const timers = vi.spyOn(profile.clock, 'schedule')
  await profile.clock.advance(MINUTE - 1_000)
  expect(timers.mock.calls.length).toBeLessThanOrEqual(2 * 6)
})

test.each([
  ['wakes', 'woke'],
  ['finds its network again', 'online'],
] as const)(
  'a session that was over before its page %s is ended, and not warned of',
  async (_, moment) => {
    const profile = createProfile()
    const tab = await profile.signedIn({ session_expires_in: 100 })
    profile.clock.sleep(100_000)
    tab.tell(moment)
    await settle()
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'session-limit' }])
    expect(causesOf(tab)).toEqual([])
  },
)

describe('a limit so short that its warning comes before its renewal', () => {
  const SHORT = { refresh_expires_in: 100 }

  test('is warned of five seconds after a renewal that is not answered', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn(SHORT)
    profile.server.hold(REFRESH, () => undefined)
    await profile.clock.advance(54_000)
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
    expect(causesOf(tab)).toEqual([])
    await profile.clock.advance(2_000)
    expect(causesOf(tab)).toEqual(['refresh-limit'])
  })

  test('is warned of as soon as its renewal has failed', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn(SHORT)
    profile.server.hold(REFRESH, (leg) => leg.lose())
    await profile.clock.advance(49_000)
    expect(causesOf(tab)).toEqual([])
    await profile.clock.advance(3_000)
    expect(profile.server.sentTo(REFRESH).length).toBeGreaterThan(0)
    expect(causesOf(tab)).toEqual(['refresh-limit'])
  })

  test('is renewed half way where the lifetime of its token is unknown, and not warned of', async () => {
    const profile = createProfile()
    const tab = await profile.openTab()
    const answer = profile.server.signIn('alice', SHORT)
    await tab.session.login({ ...answer, access_token: 'opaque', expires_in: undefined })
    profile.server.forget()
    await profile.clock.advance(49_000)
    expect(profile.server.sentTo(REFRESH)).toEqual([])
    await profile.clock.advance(2_000)
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
    expect(causesOf(tab)).toEqual([])
  })

  test.each([
    ['is there', 20_000, []],
    ['is away', 0, ['refresh-limit']],
  ] as const)('and a user who %s', async (_, activeAfterMs, causes) => {
    const profile = createProfile({ idle: idleTimeout({ afterMs: HOUR }) })
    const tab = await profile.signedIn(SHORT)
    await profile.clock.advance(activeAfterMs)
    tab.session.reportActivity()
    await profile.clock.advance(55_000 - activeAfterMs)
    expect(causesOf(tab)).toEqual(causes)
    expect(profile.server.refreshes).toHaveLength(1 - causes.length)
  })

  test('holds back no warning of a limit that no renewal moves', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ session_expires_in: 100, refresh_expires_in: 150 })
    await profile.clock.advance(41_000)
    expect(tab.eventsOf('expiring')).toMatchObject([{ cause: 'session-limit', extendable: false }])
  })
})

test('a warning gives way to one of the same clock that no click helps any more', async () => {
  const profile = createProfile({ idle: idleTimeout({ afterMs: AFTER }), accessTtlS: 7_200 })
  const tab = await profile.signedIn()
  await profile.clock.advance(AFTER - MINUTE)
  profile.server.next(REFRESH, () => Response.json({ error: 'invalid_grant' }, { status: 401 }))
  await profile.during(
    3_000,
    tab.session.getAccessToken({ forceRefresh: true }).catch(() => undefined),
  )
  expect(tab.eventsOf('expiring')).toMatchObject([
    { cause: 'idle', extendable: true },
    { cause: 'idle', extendable: false },
  ])
  expect(tab.eventsOf('extended')).toEqual([])
})

test('a warning that no click helps gives way to one of an earlier end', async () => {
  const profile = createProfile({ accessTtlS: 70 })
  const tab = await profile.signedIn({ session_expires_in: 100 })
  await profile.clock.advance(40_000)
  expect(causesOf(tab)).toEqual(['session-limit'])
  profile.server.next(REFRESH, () => Response.json({ error: 'invalid_grant' }, { status: 401 }))
  const renewing = tab.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
  await profile.during(3_000, renewing)
  expect(causesOf(tab)).toEqual(['session-limit', 'refresh-rejected'])
  expect(tab.session.state.warning).toMatchObject({ extendable: false })
  await profile.clock.advance(30_000)
  expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'refresh-rejected' }])
})

test('a warning is over when storage is cleared in the face of it', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn({ session_expires_in: 50 })
  profile.browser.clearSiteData()
  tab.tell('woke')
  await settle()
  expect(tab.session.state).toMatchObject({ status: 'logged-out', warning: null })
  expect(tab.eventsOf('extended')).toEqual([])
  expect(tab.timers).toBe(0)
})

test('the next session is warned of as well, though the last one ended in the face of a warning', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn({ session_expires_in: 50 })
  await profile.clock.advance(1_000)
  await tab.session.login(profile.server.signIn('bob', { session_expires_in: 50 }))
  await settle()
  expect(causesOf(tab)).toEqual(['session-limit', 'session-limit'])
  await tab.session.login(profile.server.signIn('carol', { session_expires_in: 100 }))
  expect(tab.session.state.warning).toBeNull()
  await profile.clock.advance(40_000)
  expect(causesOf(tab)).toEqual(['session-limit', 'session-limit', 'session-limit'])
  expect(tab.eventsOf('extended')).toEqual([])
})

test('the end of a session whose record a newer version has written is left to that version', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn({ session_expires_in: 100 })
  profile.browser.stored.record = { ...profile.record, v: 2 }
  await profile.clock.advance(100_000)
  const { updates } = profile.browser.used
  await profile.clock.advance(10_000)
  expect(profile.browser.used.updates - updates).toBeLessThanOrEqual(1)
  expect(profile.record).toMatchObject({ v: 2, status: 'logged-in' })
  expect(causesOf(tab)).toEqual(['session-limit'])
})

test('how early a tab warns is written into no record of a session that is over', async () => {
  const profile = createProfile({ warnings: expiryWarnings({ warnMs: 5 * MINUTE }) })
  const tab = await profile.signedIn()
  expect(profile.record.warnMs).toBe(5 * MINUTE)
  await tab.session.logout()
  await settle()
  expect(profile.record.status).toBe('logged-out')
  expect(profile.record.warnMs).toBeUndefined()
})

test('a limit that was unknown is warned of as soon as a renewal brings it', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  expect(tab.session.state.endsAt).toBeNull()
  profile.server.next(REFRESH, async (_, handle) =>
    Response.json({ ...((await handle().json()) as object), session_expires_in: 30 }),
  )
  await tab.session.getAccessToken({ forceRefresh: true })
  expect(tab.session.state.warning).toMatchObject({ cause: 'session-limit' })
  expect(tab.session.state.endsAt).toBe(tab.session.state.warning?.endsAt)
})

describe('a session that was disposed of', () => {
  test('warns of nothing, and ends nothing', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ session_expires_in: 100 })
    tab.session.dispose()
    await profile.clock.advance(2 * MINUTE)
    expect(tab.timers).toBe(0)
    expect(tab.eventsOf('expiring')).toEqual([])
    expect(profile.record.status).toBe('logged-in')
  })

  test('while its renewal was under way plans nothing by what the answer says', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    let pass = (): void => undefined
    profile.server.next(REFRESH, async (_, handle) => {
      await new Promise<void>((resolve) => (pass = resolve))
      return Response.json({ ...((await handle().json()) as object), session_expires_in: 100 })
    })
    const renewing = tab.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
    await settle()
    tab.session.dispose()
    pass()
    await profile.during(20_000, renewing)
    expect(profile.record.limits.session).not.toBeNull()
    expect(tab.timers).toBe(0)
  })

  test('while it looked whether its end had come does not look again', async () => {
    const profile = createProfile({ idle: idleTimeout({ afterMs: AFTER }) })
    const [tab, other] = [await profile.signedIn(), await profile.openTab()]
    // The tab does not hear that the end has moved.
    Object.assign(profile.browser.faults, { channel: 'deaf', mirror: 'refused' })
    await profile.clock.advance(MINUTE)
    other.session.reportActivity()
    await settle()
    profile.clock.sleep(AFTER - MINUTE)
    tab.tell('woke')
    tab.session.dispose()
    await settle()
    expect(profile.record.status).toBe('logged-in')
    expect(tab.timers).toBe(0)
  })
})
