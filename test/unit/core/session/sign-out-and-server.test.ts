import { describe, expect, test } from 'vitest'
import { idleTimeout } from '../../../../src/index.ts'
import type { Leg } from '../../../../src/testing/virtual-network.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { json } from '../../../support/fake-server.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'

const LOGOUT = '/auth/logout'
const MINUTE = 60_000

/** Requests to sign out that wait to be let through. */
function held(profile: Profile): Leg[] {
  const legs: Leg[] = []
  profile.server.hold(LOGOUT, (leg) => legs.push(leg))
  return legs
}

/** Lets through what waits, and all that comes. */
async function letThrough(profile: Profile, legs: Leg[]): Promise<void> {
  profile.server.hold(LOGOUT, null)
  for (const leg of legs.splice(0)) leg.pass()
  await settle()
}

/** A sign-out of which the server hears nothing. */
async function signOutOffline(profile: Profile, tab: VirtualTab): Promise<void> {
  profile.server.hold(LOGOUT, (leg) => leg.lose())
  await tab.session.logout()
  await settle()
  profile.server.hold(LOGOUT, null)
  profile.server.forget()
}

describe('what a logout says of the server', () => {
  test('is that it is told later, unless everywhere was asked for: the caller need not wait', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const legs = held(profile)
    expect(await tab.session.logout()).toEqual({ server: 'later' })
    await letThrough(profile, legs)
    expect(profile.server.sentTo(LOGOUT)).toMatchObject([{ body: { everywhere: false } }])
  })

  test('is that there is nothing to tell where the session is over already, here or for this tab alone', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const other = await profile.openTab()
    await tab.session.logout()
    await settle()
    expect(await tab.session.logout({ everywhere: true })).toEqual({ server: 'nothing-to-tell' })

    await tab.session.login(profile.server.signIn('bob'))
    await settle()
    Object.assign(profile.browser.faults, { channel: 'deaf', mirror: 'refused' })
    await tab.session.login(profile.server.signIn('carol'))
    profile.server.forget()
    expect(other.session.state.subject).toBe('bob')
    expect(await other.session.logout({ everywhere: true })).toEqual({ server: 'nothing-to-tell' })
    await settle()
    expect(other.session.state).toMatchObject({ status: 'logged-in', subject: 'carol' })
    expect(other.eventsOf('started').at(-1)).toMatchObject({ initiator: 'other-tab' })
    expect(profile.server.sentTo(LOGOUT)).toEqual([])
  })
})

test('a logout that comes too late to end another session is not shown to a page that wakes', async () => {
  const profile = createProfile()
  const [tab, other, asleep] = [
    await profile.signedIn(),
    await profile.openTab(),
    await profile.openTab(),
  ]
  asleep.freeze()
  Object.assign(profile.browser.faults, { channel: 'deaf', mirror: 'refused' })
  await other.session.login(profile.server.signIn('bob'))
  profile.browser.faults.mirror = 'ok'
  await tab.session.logout()
  asleep.thaw()
  expect(asleep.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
  await settle()
  expect(asleep.eventsOf('ended')).toMatchObject([{ reason: 'user-switched' }])
  expect(asleep.eventsOf('started').at(-1)).toEqual({ subject: 'bob', initiator: 'other-tab' })
})

test('once a tab has heard of the end, the record says so: a page that reloads then does not restore its session', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  const found: unknown[] = []
  tab.session.on('ended', () => found.push(profile.record.status))
  await tab.session.logout()
  await settle()
  expect(found).toEqual(['logged-out'])
})

describe('storage that was cleared unseen is not taken for a database that is broken', () => {
  /** A tab whose record is gone, with no mirror to complete it. */
  async function cleared(profile: Profile, before: (tab: VirtualTab) => void): Promise<VirtualTab> {
    const tab = await profile.signedIn({ session_expires_in: 100 })
    before(tab)
    await settle()
    profile.browser.faults.mirror = 'refused'
    profile.browser.stored.record = undefined
    profile.browser.stored.mirror = null
    return tab
  }

  test('by a logout', async () => {
    const profile = createProfile()
    const tab = await cleared(profile, () => undefined)
    await profile.during(1_000, tab.session.logout())
    expect(tab.session.state.status).toBe('logged-out')
    expect(tab.eventsOf('degraded')).toEqual([])
  })

  test('by the end of its time', async () => {
    const profile = createProfile()
    const tab = await cleared(profile, () => undefined)
    await profile.clock.advance(101_000)
    expect(tab.eventsOf('ended')).toHaveLength(1)
    expect(tab.eventsOf('degraded')).toEqual([])
  })

  test('by the answer to a sign-out', async () => {
    const profile = createProfile()
    const legs = held(profile)
    const tab = await cleared(profile, ({ session }) => void session.logout())
    await letThrough(profile, legs)
    await profile.clock.advance(1_000)
    expect(tab.session.state.status).toBe('logged-out')
    expect(tab.eventsOf('degraded')).toEqual([])
    expect(profile.server.sentTo(LOGOUT)).toHaveLength(1)
  })
})

test('a logout of which only a hint arrives is found in the record', async () => {
  const profile = createProfile()
  profile.browser.faults.mirror = 'refused'
  const [tab, other] = [await profile.signedIn(), await profile.openTab()]
  profile.browser.holdMessages(({ message, deliver }) => {
    if ((message as { readonly type: string }).type === 'hint') deliver()
  })
  await tab.session.logout()
  await settle()
  expect(other.eventsOf('ended')).toMatchObject([{ reason: 'logout', initiator: 'other-tab' }])
})

describe('a session that ends without a sign-out', () => {
  test('ends at the server by itself, and not everywhere', async () => {
    const profile = createProfile({ idle: idleTimeout({ afterMs: 15 * MINUTE }) })
    await profile.signedIn()
    await profile.clock.advance(16 * MINUTE)
    expect(profile.server.sentTo(LOGOUT)).toMatchObject([
      { body: { sid: 's1', everywhere: false } },
    ])
    expect(profile.record.tombstone).toBeUndefined()
  })

  test.each(['mirror', 'channel'] as const)(
    'is over in all tabs when an API says so to one, without a %s too',
    async (missing) => {
      const profile = createProfile({
        judgeResponse: ({ status }) => (status === 440 ? 'ended' : 'ok'),
      })
      const [tab, other] = [await profile.signedIn(), await profile.openTab()]
      if (missing === 'channel') profile.browser.faults.channel = 'deaf'
      else profile.browser.faults.mirror = 'refused'
      profile.server.next('/api/me', () => json({}, 440))
      expect((await tab.session.authFetch('/api/me')).status).toBe(440)
      await settle()
      expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'revoked', initiator: 'this-tab' }])
      expect(other.eventsOf('ended')).toMatchObject([{ reason: 'revoked', initiator: 'other-tab' }])
      expect(profile.server.sentTo(LOGOUT)).toHaveLength(1)
    },
  )

  test('does not end for another user who has signed in unnoticed before the API says so', async () => {
    const profile = createProfile({
      judgeResponse: ({ status }) => (status === 440 ? 'ended' : 'ok'),
    })
    const [tab, other] = [await profile.signedIn(), await profile.openTab()]
    await profile.during(0, tab.session.authFetch('/api/me'))
    Object.assign(profile.browser.faults, { channel: 'deaf', mirror: 'refused' })
    await other.session.login(profile.server.signIn('bob'))
    profile.server.forget()
    profile.server.next('/api/me', () => json({}, 440))
    await tab.session.authFetch('/api/me')
    await settle()
    expect(profile.record).toMatchObject({ status: 'logged-in', sid: 's2' })
    expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
    expect(tab.eventsOf('started').at(-1)).toEqual({ subject: 'bob', initiator: 'other-tab' })
    expect(profile.server.sentTo(LOGOUT)).toEqual([])
  })
})

describe('a server that has not heard of a sign-out', () => {
  test.each(['cookie', 'body'] as const)(
    'and answers late has heard of that one only: it is told of the next one as well, %s mode',
    async (mode) => {
      const profile = createProfile({ mode })
      const tab = await profile.signedIn()
      const legs = held(profile)
      await tab.session.logout()
      await tab.session.login(profile.server.signIn('bob'))
      await settle()
      const late = legs.splice(0)
      await signOutOffline(profile, tab)
      await letThrough(profile, late)
      expect(profile.record.tombstone).toMatchObject({ sid: 's2' })
      expect(profile.server.isAlive('s2')).toBe(true)

      tab.tell('online')
      await settle()
      expect(profile.server.isAlive('s2')).toBe(false)
      expect(profile.record.tombstone).toBeUndefined()
    },
  )

  test('is told by one tab at a time, and no renewal waits for it', async () => {
    const profile = createProfile()
    const tabs = [await profile.signedIn(), await profile.openTab()] as const
    await signOutOffline(profile, tabs[0])
    const legs = held(profile)
    for (const tab of tabs) tab.tell('online')
    await settle()
    expect(legs).toHaveLength(1)

    await tabs[1].session.login(profile.server.signIn('bob'))
    await expect(tabs[1].session.getAccessToken({ forceRefresh: true })).resolves.toBeTypeOf(
      'string',
    )
    await letThrough(profile, legs)
    expect(profile.server.sentTo(LOGOUT)).toHaveLength(1)
    expect(tabs[1].session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
  })

  test.each(['this tab', 'another tab', 'a tab that has heard of nothing since'] as const)(
    'and has heard of it in the end is not told again by the next login, in %s',
    async (where) => {
      const profile = createProfile({ mode: 'body' })
      const [tab, other] = [await profile.signedIn(), await profile.openTab()]
      await signOutOffline(profile, tab)
      if (where === 'a tab that has heard of nothing since')
        Object.assign(profile.browser.faults, { channel: 'deaf', mirror: 'refused' })
      tab.tell('online')
      await settle()
      expect(profile.server.sentTo(LOGOUT)).toHaveLength(1)
      expect(profile.record.tombstone).toBeUndefined()

      const next = where === 'this tab' ? tab : other
      await next.session.login(profile.server.signIn('bob'))
      await profile.clock.advance(MINUTE)
      expect(profile.server.sentTo(LOGOUT)).toHaveLength(1)
    },
  )

  test('is not what a page asks for a lock about that has nothing to tell', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await tab.session.logout()
    await profile.clock.advance(MINUTE)
    const { locks } = profile.browser.used
    for (const moment of ['woke', 'online'] as const) {
      tab.tell(moment)
      await settle()
    }
    expect(profile.browser.used.locks).toBe(locks)
  })

  test('or whose answer came when the page had left, is told once more by the next page, and no third time', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const legs = held(profile)
    await tab.session.logout()
    await settle()
    tab.close()
    for (const leg of legs.splice(0)) leg.pass()
    await settle()
    expect(profile.server.isAlive('s1')).toBe(false)
    expect(profile.record.tombstone).toMatchObject({ sid: 's1' })

    await profile.openTab()
    await letThrough(profile, legs)
    await profile.clock.advance(MINUTE)
    expect(profile.server.sentTo(LOGOUT)).toHaveLength(2)
    expect(profile.record.tombstone).toBeUndefined()
  })

  test('is not told twice if another tab tells it in the meantime', async () => {
    const profile = createProfile()
    const tabs = [await profile.signedIn(), await profile.openTab()] as const
    await signOutOffline(profile, tabs[0])
    tabs[1].freeze()
    tabs[0].tell('online')
    await settle()
    expect(profile.server.sentTo(LOGOUT)).toHaveLength(1)
    tabs[1].thaw()
    tabs[1].tell('online')
    await settle()
    expect(profile.server.sentTo(LOGOUT)).toHaveLength(1)
  })
})

test('a session of another name signs out without waiting for this one', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  const namesake = await profile.openTab({ name: 'other' })
  await namesake.session.login(profile.server.signIn('bob'))
  profile.server.hold(LOGOUT, (leg) => leg.lose())
  await Promise.all([tab.session.logout(), namesake.session.logout()])
  await settle()
  profile.server.forget()
  const legs = held(profile)
  tab.tell('online')
  namesake.tell('online')
  await settle()
  expect(legs.map(({ sent }) => sent.body['sid'])).toEqual(['s1', 's2'])
  await letThrough(profile, legs)
})
