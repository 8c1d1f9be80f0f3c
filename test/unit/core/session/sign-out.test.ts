import { describe, expect, test } from 'vitest'
import { cookieTransport } from '../../../../src/index.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { settle } from '../../../support/settle.ts'
import { gate } from '../../../support/fake-server.ts'
import { createProfile, plainStorage, type Profile } from '../../../support/profile.ts'
import type { Leg } from '../../../../src/testing/virtual-network.ts'

const REFRESH = '/auth/refresh'
const LOGOUT = '/auth/logout'
const offline = (): Promise<never> => Promise.reject(new TypeError('Failed to fetch'))
const forced = (tab: VirtualTab): Promise<unknown> =>
  tab.session.getAccessToken({ forceRefresh: true }).catch((error: unknown) => error)

/** The next request to sign out fails, with keepalive and without. */
function goOffline(profile: Profile): void {
  for (let time = 0; time < 2; time++) profile.server.next(LOGOUT, offline)
}

describe('logout', () => {
  test('is over in this tab before the call returns, and in the record when it resolves', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const done = tab.session.logout()
    expect(tab.session.state.status).toBe('logged-out')
    expect(tab.events.map(([name]) => name)).toEqual(['started'])
    await done
    expect(profile.record).toMatchObject({ status: 'logged-out', sid: null })
    expect(tab.eventsOf('ended')).toMatchObject([
      { reason: 'logout', initiator: 'this-tab', subject: 'alice' },
    ])
  })

  test('aborts what is in flight for the session with session_ended', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const other = await profile.openTab()
    await other.session.getAccessToken()
    profile.server.hold('/api/me', () => undefined)
    const answers = [tab, other].map(({ session }) =>
      session.authFetch('/api/me').catch((error: unknown) => error),
    )
    await settle()
    await tab.session.logout()
    await settle()
    for (const answer of answers)
      expect(await answer).toMatchObject({ code: 'session_ended', reason: 'logout' })
  })

  test('reaches every other tab without a request', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const others = [await profile.openTab(), await profile.openTab()]
    await tab.session.logout()
    await settle()
    for (const { session, eventsOf } of others) {
      expect(session.state).toMatchObject({ status: 'logged-out', end: { reason: 'logout' } })
      expect(eventsOf('ended')).toMatchObject([{ reason: 'logout', initiator: 'other-tab' }])
    }
    expect(profile.server.sentTo(REFRESH)).toEqual([])
  })

  test.each(['channel', 'mirror'] as const)('reaches them without a %s too', async (missing) => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const other = await profile.openTab()
    if (missing === 'channel') profile.browser.faults.channel = 'deaf'
    else profile.browser.faults.mirror = 'refused'
    await tab.session.logout()
    await settle()
    expect(other.session.state.status).toBe('logged-out')
  })

  test('without channel and mirror it is known when the tab is looked at', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const other = await profile.openTab()
    other.setVisible(false)
    profile.browser.faults.channel = 'deaf'
    profile.browser.faults.mirror = 'refused'
    await tab.session.logout()
    await settle()
    other.setVisible(true)
    await settle()
    expect(other.session.state.status).toBe('logged-out')
  })

  test('a frozen tab is logged out at the moment it thaws, before anything else runs', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const frozen = await profile.openTab()
    frozen.freeze()
    await tab.session.logout()
    await settle()
    expect(frozen.session.state.status).toBe('logged-in')
    frozen.thaw()
    expect(frozen.session.state.status).toBe('logged-out')
    await settle()
    expect(frozen.eventsOf('ended')).toHaveLength(1)
  })

  test('an answer to a refresh that arrives after it brings nothing back', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const legs: Leg[] = []
    profile.server.hold(REFRESH, (leg) => legs.push(leg))
    const token = forced(tab)
    await settle()
    profile.server.hold(REFRESH, null)
    const done = tab.session.logout()
    for (const leg of legs) leg.pass()
    await done
    await settle()
    expect(await token).toMatchObject({ code: 'session_ended', reason: 'logout' })
    expect(tab.session.state.status).toBe('logged-out')
    expect(tab.eventsOf('refreshed')).toEqual([])
    expect(profile.record.status).toBe('logged-out')
  })

  test('does not wait for the lock', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    profile.server.next(REFRESH, () => gate<Response>().promise)
    void forced(tab)
    await settle()
    expect(profile.browser.heldLocks.size).toBe(1)
    await tab.session.logout()
    expect(profile.record.status).toBe('logged-out')
  })

  test('when nobody is signed in there is nothing to do', async () => {
    const profile = createProfile()
    const tab = await profile.openTab()
    profile.server.forget()
    expect(await tab.session.logout()).toEqual({ server: 'nothing-to-tell' })
    await settle()
    expect(profile.server.sent).toEqual([])
    expect(tab.events).toEqual([])
  })

  test('twice is the same as once', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await Promise.all([tab.session.logout(), tab.session.logout()])
    await tab.session.logout()
    await settle()
    expect(tab.eventsOf('ended')).toHaveLength(1)
    expect(profile.server.sentTo(LOGOUT)).toHaveLength(1)
  })

  test('in two tabs at once is one sign-out', async () => {
    const profile = createProfile()
    const tabs = [await profile.signedIn(), await profile.openTab()]
    const { epoch } = profile.record
    await Promise.all(tabs.map(({ session }) => session.logout()))
    await settle()
    for (const { eventsOf, session } of tabs) {
      expect(eventsOf('ended')).toHaveLength(1)
      expect(session.state.status).toBe('logged-out')
    }
    expect(profile.record.epoch).toBe(epoch + 1)
    expect(profile.server.sentTo(LOGOUT)).toHaveLength(1)
    expect(profile.server.isAlive('s1')).toBe(false)
  })

  test('everywhere resolves with what the server said', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    expect(await tab.session.logout({ everywhere: true })).toEqual({ server: 'told' })
    expect(profile.server.sentTo(LOGOUT)[0]?.body).toMatchObject({ sid: 's1', everywhere: true })

    await tab.session.login(profile.server.signIn())
    goOffline(profile)
    expect(await tab.session.logout({ everywhere: true })).toEqual({ server: 'later' })
    expect(tab.session.state.status).toBe('logged-out')
  })
})

describe('L1: the server is told', () => {
  test('by keepalive, of the one sid, and only once', async () => {
    const profile = createProfile()
    const tabs = [await profile.signedIn(), await profile.openTab(), await profile.openTab()]
    await tabs[0]?.session.logout()
    await settle()
    for (const tab of tabs) tab.tell('online')
    await settle()
    expect(profile.server.sentTo(LOGOUT)).toMatchObject([{ keepalive: true, body: { sid: 's1' } }])
    expect(profile.server.isAlive('s1')).toBe(false)
    expect(profile.record.tombstone).toBeUndefined()
  })

  test.each(['cookie', 'body'] as const)(
    'later, when the network returns, by exactly one tab, %s mode',
    async (mode) => {
      const profile = createProfile({ mode })
      const tabs = [await profile.signedIn(), await profile.openTab(), await profile.openTab()]
      goOffline(profile)
      await tabs[0]?.session.logout()
      await settle()
      expect(profile.record.tombstone).toMatchObject({ sid: 's1' })
      expect(profile.server.isAlive('s1')).toBe(true)
      profile.server.forget()

      for (const tab of tabs) tab.tell('online')
      await profile.clock.advance(1_000)
      expect(profile.server.sentTo(LOGOUT)).toHaveLength(1)
      expect(profile.server.isAlive('s1')).toBe(false)
      expect(profile.record.tombstone).toBeUndefined()
      expect(profile.record.status).toBe('logged-out')
    },
  )

  test.each(['cookie', 'body'] as const)('later, by the next page, %s mode', async (mode) => {
    const profile = createProfile({ mode })
    const tab = await profile.signedIn()
    goOffline(profile)
    await tab.session.logout()
    await settle()
    tab.close()
    await profile.openTab()
    expect(profile.server.isAlive('s1')).toBe(false)
    expect(profile.record.tombstone).toBeUndefined()
  })

  test('an answer of 500 does not count: it is told again', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    profile.server.next(LOGOUT, () => new Response(null, { status: 500 }))
    await tab.session.logout()
    await settle()
    tab.tell('online')
    await settle()
    expect(profile.server.sentTo(LOGOUT)).toHaveLength(2)
    expect(profile.record.tombstone).toBeUndefined()
  })

  test.each([
    [1, 'cookie'],
    [3, 'cookie'],
    [3, 'body'],
  ] as const)(
    'within a minute of its return while pages stay open, by one of %i, and ever less often until then, %s mode',
    async (count, mode) => {
      const profile = createProfile({ mode })
      const tabs = [await profile.signedIn()]
      while (tabs.length < count) tabs.push(await profile.openTab())
      let isDown = true
      const atMs: number[] = []
      profile.server.hold(LOGOUT, (leg) => {
        if (leg.way === 'up') atMs.push(profile.clock.now())
        if (isDown) leg.pass(() => new Response(null, { status: 503 }))
        else leg.pass()
      })
      await tabs[0]?.session.logout()
      await profile.clock.advance(600_000)
      const gapsMs = atMs.slice(1).map((at, index) => at - (atMs[index] ?? at))
      expect(gapsMs.slice(0, 7)).toEqual([300, 300, 300, 600, 1_200, 2_400, 4_800])
      expect(Math.max(...gapsMs)).toBe(45_000)

      isDown = false
      await profile.clock.advance(60_000)
      expect(profile.server.isAlive('s1')).toBe(false)
      expect(profile.record.tombstone).toBeUndefined()
      const { length } = atMs
      await profile.clock.advance(600_000)
      expect(atMs).toHaveLength(length)
      for (const tab of tabs) expect(tab.session.state).toMatchObject({ status: 'logged-out' })
    },
  )

  test('by the last page that is open, though no message has told it of the tries of others', async () => {
    const profile = createProfile()
    const tabs = [await profile.signedIn(), await profile.openTab()]
    profile.server.hold(LOGOUT, (leg) => leg.pass(() => new Response(null, { status: 503 })))
    await tabs[0]?.session.logout()
    await settle()
    Object.assign(profile.browser.faults, { channel: 'deaf', mirror: 'refused' })
    await profile.clock.advance(60_000)
    tabs[0]?.close()
    profile.server.hold(LOGOUT, null)
    await profile.clock.advance(60_000)
    expect(profile.server.isAlive('s1')).toBe(false)
  })

  test('as soon as a token storage of the application opens the token again that it has failed to open', async () => {
    let fails = true
    const profile = createProfile({
      mode: 'body',
      storage: {
        ...plainStorage,
        open: (sealed) => (fails ? Promise.reject(new Error('locked')) : plainStorage.open(sealed)),
      },
    })
    const tab = await profile.signedIn()
    expect(await tab.session.logout({ everywhere: true })).toEqual({ server: 'later' })
    expect(profile.server.sentTo(LOGOUT)).toEqual([])
    fails = false
    await profile.clock.advance(60_000)
    expect(profile.server.isAlive('s1')).toBe(false)
  })

  test('by another page if the one that ended the session crashed before the server had answered', async () => {
    const profile = createProfile()
    const [tab] = [await profile.signedIn(), await profile.openTab()]
    const legs: Leg[] = []
    profile.server.hold(LOGOUT, (leg) => legs.push(leg))
    await tab.session.logout()
    await settle()
    tab.crash()
    for (const leg of legs) leg.lose()
    profile.server.hold(LOGOUT, null)
    await profile.clock.advance(30_000)
    expect(profile.server.isAlive('s1')).toBe(false)
    expect(profile.record.tombstone).toBeUndefined()
  })

  test('a server that does not know the session any more counts as told', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    profile.server.next(LOGOUT, () => new Response(null, { status: 401 }))
    await tab.session.logout()
    await settle()
    expect(profile.record.tombstone).toBeUndefined()
  })

  test('the next sign-in makes the browser forget, and the late revocation ends only the old session', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const legs: Leg[] = []
    profile.server.hold(LOGOUT, (leg) => legs.push(leg))
    await tab.session.logout()
    await settle()
    await tab.session.login(profile.server.signIn('bob'))
    expect(profile.record.tombstone).toBeUndefined()

    profile.server.hold(LOGOUT, null)
    for (const leg of legs) leg.pass()
    await settle()
    expect(profile.server.isAlive('s2')).toBe(true)
    expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
    expect(await forced(tab)).toBeTypeOf('string')
    tab.tell('online')
    await settle()
    expect(tab.session.state.status).toBe('logged-in')
  })

  test('offline sign-out, another user, and the old refresh token is revoked all the same in body mode', async () => {
    const profile = createProfile({ mode: 'body' })
    const tab = await profile.signedIn()
    goOffline(profile)
    await tab.session.logout()
    await settle()
    await tab.session.login(profile.server.signIn('bob'))
    await settle()
    expect(profile.server.isAlive('s1')).toBe(false)
    expect(profile.server.isAlive('s2')).toBe(true)
    expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
  })

  test('a tab that has not heard of the new session signs out of the old one only', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const other = await profile.openTab()
    profile.browser.faults.channel = 'deaf'
    profile.browser.faults.mirror = 'refused'
    await other.session.login(profile.server.signIn('bob'))
    profile.browser.faults.mirror = 'ok'
    await tab.session.logout()
    await settle()
    expect(profile.record).toMatchObject({ status: 'logged-in', sid: 's2' })
    expect(profile.server.isAlive('s2')).toBe(true)
    expect(other.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
    // The mirror does not call the new session over either.
    const next = await profile.openTab()
    expect(next.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
  })
})

describe('R1: a client never revokes inside its own session', () => {
  test.each(['cookie', 'body'] as const)(
    'the late answer of a frozen tab is adopted from the record, %s mode',
    async (mode) => {
      const profile = createProfile({ mode })
      const frozen = await profile.signedIn()
      const other = await profile.openTab()
      await profile.expire()
      const legs: Leg[] = []
      profile.server.hold(REFRESH, (leg) => legs.push(leg))
      void forced(frozen)
      await settle()
      for (const leg of legs.splice(0)) leg.pass()
      await settle()
      // The server has answered; the tab freezes before it can read.
      frozen.freeze()
      profile.server.hold(REFRESH, null)
      for (const leg of legs.splice(0)) leg.pass()
      await settle()
      expect(await profile.during(2_000, forced(other))).toBeTypeOf('string')
      expect(await forced(other)).toBeTypeOf('string')
      const { record } = profile

      frozen.thaw()
      await profile.clock.advance(2_000)
      expect(profile.record).toMatchObject({ generation: record.generation, key: record.key })
      expect(profile.server.sentTo(LOGOUT)).toEqual([])
      expect(profile.server.isAlive('s1')).toBe(true)
      expect(frozen.session.state.status).toBe('logged-in')
      expect(await profile.during(2_000, forced(frozen))).toBeTypeOf('string')
      expect(profile.server.refreshes.map(({ outcome }) => outcome)).not.toContain('reused')
    },
  )

  test.each(['cookie', 'body'] as const)(
    'an answer that comes when another session is there: a body token is revoked by itself, a cookie left alone, %s mode',
    async (mode) => {
      const profile = createProfile({ mode })
      const tab = await profile.signedIn()
      const other = await profile.openTab()
      const legs: Leg[] = []
      profile.server.hold(REFRESH, (leg) => legs.push(leg))
      void forced(tab)
      await settle()
      for (const leg of legs.splice(0)) leg.pass()
      await settle()
      await other.session.login(profile.server.signIn('bob'))
      profile.server.hold(REFRESH, null)
      for (const leg of legs.splice(0)) leg.pass()
      await settle()

      const revoked = profile.server.sentTo(LOGOUT).map(({ body }) => body['sid'])
      expect(revoked).toEqual(mode === 'body' ? ['s1'] : [])
      expect(profile.server.isAlive('s2')).toBe(true)
      for (const { session } of [tab, other])
        expect(session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
    },
  )
})

describe('takeLastEnd', () => {
  test('tells in every tab and the next page why the session ended, as often as it is asked, until the next session begins', async () => {
    const profile = createProfile()
    const [tab, other] = [await profile.signedIn(), await profile.openTab()]
    await tab.session.logout()
    const next = await profile.openTab()
    const updates = profile.browser.used.updates
    for (let asked = 0; asked < 2; asked++) {
      // React's StrictMode runs the effect of a login page twice.
      for (const { session } of [tab, other, next]) {
        const initiator = session === tab.session ? 'this-tab' : 'other-tab'
        const end = { reason: 'logout', initiator, subject: 'alice' }
        const told = await Promise.all([session.takeLastEnd(), session.takeLastEnd()])
        expect(told).toMatchObject([end, end])
        expect(session.state).toMatchObject({ status: 'logged-out', end })
      }
    }
    expect(profile.browser.used.updates).toBe(updates)

    await other.session.login(profile.server.signIn('bob'))
    await settle()
    for (const { session } of [tab, other, next]) {
      expect(await session.takeLastEnd()).toBeNull()
      expect(session.state.end).toBeNull()
    }
  })

  test('resolves to nothing while a user is signed in', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await tab.session.logout()
    await tab.session.login(profile.server.signIn())
    expect(await tab.session.takeLastEnd()).toBeNull()
  })

  test('says nothing of the session before to a user who is signed in by a cookie found on load', async () => {
    const hintCookie = 'signed-in'
    const profile = createProfile({ transport: cookieTransport('/auth', { hintCookie }) })
    const tab = await profile.signedIn()
    await profile.during(1_000, tab.session.logout())
    tab.close()
    // Another application of the same server has signed in.
    profile.server.signIn()
    profile.browser.stored.cookies.push(hintCookie)
    const next = await profile.openTab()
    await profile.clock.advance(1_000)
    expect(next.session.state).toMatchObject({ status: 'logged-in', end: null })
    expect(await next.session.takeLastEnd()).toBeNull()
  })
})
