import { describe, expect, test } from 'vitest'
import { idleTimeout } from '../../../../src/index.ts'
import { createProfile, type Profile, type ProfileOptions } from '../../../support/profile.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const AFTER = 15 * MINUTE

function watched(options: ProfileOptions = {}): Profile {
  return createProfile({ idle: idleTimeout({ afterMs: AFTER }), ...options })
}

describe('activity', () => {
  test('of a user who comes back after a night revives nothing, though no timer has noticed yet', async () => {
    const profile = watched()
    const tab = await profile.signedIn()
    profile.clock.sleep(8 * HOUR)
    tab.session.reportActivity()
    await profile.browser.settle()
    expect(tab.session.state).toMatchObject({ status: 'logged-out', end: { reason: 'idle' } })
  })

  test('is not waited for when a network that returns tells that a night has passed', async () => {
    const profile = watched()
    const tab = await profile.signedIn()
    profile.clock.sleep(8 * HOUR)
    tab.tell('online')
    await profile.browser.settle()
    expect(tab.session.state).toMatchObject({ status: 'logged-out', end: { reason: 'idle' } })
  })

  test('is shared after a clock was set back, too', async () => {
    const profile = watched()
    const tab = await profile.signedIn()
    tab.session.reportActivity()
    await profile.clock.advance(1_000)
    profile.clock.step(-HOUR)
    for (let i = 0; i < 20; i++) {
      await profile.clock.advance(MINUTE)
      tab.session.reportActivity()
    }
    expect(tab.eventsOf('expiring')).toEqual([])
    expect(tab.eventsOf('ended')).toEqual([])
  })

  test('is shared in time for the strictest limit of the session, whatever this tab asks for', async () => {
    const profile = createProfile({ idle: idleTimeout({ afterMs: HOUR }) })
    const long = await profile.signedIn()
    const short = await profile.openTab({ idle: idleTimeout({ afterMs: 66_000 }) })
    for (let i = 0; i < 300; i++) {
      await profile.clock.advance(1_000)
      long.session.reportActivity()
    }
    expect(short.eventsOf('expiring')).toEqual([])
    expect(long.eventsOf('ended')).toEqual([])
  })

  test('counts for the tab itself as soon as that is left, and by waking', async () => {
    const profile = watched()
    const tab = await profile.signedIn()
    tab.session.reportActivity()
    await profile.clock.advance(14_000)
    tab.session.reportActivity()
    const at = profile.clock.now()
    tab.setVisible(false)
    await profile.browser.settle()
    expect(tab.session.state.endsAt).toBe(at + AFTER)

    await profile.clock.advance(20_000)
    tab.session.reportActivity()
    await profile.clock.advance(5_000)
    tab.session.reportActivity()
    profile.clock.sleep(AFTER - 2_000)
    tab.tell('woke')
    await profile.browser.settle()
    expect(tab.session.state.status).toBe('logged-in')
  })

  test('while the page still looks for its session does not hold up what comes next', async () => {
    const profile = watched()
    const tab = await profile.signedIn()
    tab.close()
    await profile.clock.advance(AFTER - MINUTE - 5_000)
    const next = profile.browser.openTab()
    next.session.reportActivity()
    await profile.clock.advance(1_000)
    next.session.reportActivity()
    await profile.clock.advance(10_000)
    expect(next.eventsOf('expiring')).toEqual([])
  })

  test('does not count after dispose', async () => {
    const profile = watched()
    const tab = await profile.signedIn()
    await profile.clock.advance(MINUTE)
    tab.session.dispose()
    const { updates } = profile.browser.used
    tab.session.reportActivity()
    await profile.browser.settle()
    expect(tab.timers).toBe(0)
    expect(profile.browser.used.updates).toBe(updates)
  })
})

describe('idle time', () => {
  test('of a session that begins after the clock was set back is its own', async () => {
    const profile = watched()
    const tab = await profile.openTab()
    profile.clock.step(-30 * 24 * HOUR)
    await tab.session.login(profile.server.signIn('alice', { session_expires_in: 3_600 }))
    await profile.browser.settle()
    expect(tab.session.state).toMatchObject({
      status: 'logged-in',
      endsAt: profile.clock.now() + AFTER,
    })
  })

  test('is counted from a login whose page is closed at once', async () => {
    const profile = watched()
    const tab = await profile.openTab()
    await tab.session.login(profile.server.signIn('alice'))
    tab.close()
    await profile.clock.advance(8 * HOUR)
    const next = await profile.openTab()
    expect(next.session.state).toMatchObject({ status: 'logged-out', end: { reason: 'idle' } })
  })

  test('is over when the same user signs in again in the face of a warning', async () => {
    const profile = watched()
    const tab = await profile.signedIn()
    await profile.clock.advance(AFTER - 30_000)
    expect(tab.session.state.warning).not.toBeNull()
    const answer = { ...profile.server.signIn('alice'), sid: profile.record.sid }
    await profile.during(500, tab.session.login(answer))
    expect(tab.session.state.warning).toBeNull()
  })
})

describe('a refresh limit', () => {
  test('is moved after a clock was set back, too', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ refresh_expires_in: 300 })
    await profile.clock.advance(10_000)
    profile.clock.step(-HOUR)
    tab.tell('woke')
    await profile.clock.advance(HOUR)
    expect(tab.eventsOf('expiring')).toEqual([])
    expect(tab.session.state.status).toBe('logged-in')
  })

  test('that a visible tab moves is warned of in no hidden one', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ refresh_expires_in: 100 })
    const other = await profile.openTab()
    other.setVisible(false)
    await profile.clock.advance(10 * MINUTE)
    for (const { eventsOf } of [tab, other]) expect(eventsOf('expiring')).toEqual([])
  })

  test('whose warning is open stays warned of until it has moved', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ refresh_expires_in: 100 })
    tab.setVisible(false)
    await profile.clock.advance(60_000)
    expect(tab.eventsOf('expiring')).toHaveLength(1)
    profile.server.hold('/auth/refresh', (leg) => leg.lose())
    tab.setVisible(true)
    await profile.clock.advance(30_000)
    expect(tab.eventsOf('expiring')).toHaveLength(1)
    expect(tab.eventsOf('extended')).toEqual([])
  })

  test('whose warning is open moves along with a clock that is set back, though a renewal is about to move it', async () => {
    const profile = watched()
    const tab = await profile.signedIn({ refresh_expires_in: 100 })
    await profile.clock.advance(41_000)
    expect(tab.eventsOf('expiring')).toMatchObject([{ cause: 'refresh-limit' }])
    tab.session.reportActivity()
    await profile.browser.settle()
    profile.clock.step(-HOUR)
    tab.tell('woke')
    await profile.browser.settle()
    expect(tab.session.state.warning?.endsAt).toBe(profile.clock.now() + 59_000)
    await profile.clock.advance(10_000)
    expect(tab.session.state.warning).toBeNull()
  })

  test('lets a user who clicks in time wait for the answer', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ refresh_expires_in: 300 })
    tab.setVisible(false)
    await profile.clock.advance(298_000)
    let isFirst = true
    const held: (() => void)[] = []
    // The server has it in time; its answer takes longer.
    profile.server.hold('/auth/refresh', (leg) => {
      if (isFirst) leg.pass()
      else held.push(leg.pass)
      isFirst = false
    })
    const asking = tab.session.extend()
    await profile.clock.advance(5_000)
    profile.server.hold('/auth/refresh', null)
    for (const pass of held) pass()
    expect(await profile.during(2_000, asking)).toMatchObject({ ok: true })
  })
})

describe('extend', () => {
  test('asks the server though this browser has paused after an outage', async () => {
    const profile = watched()
    const tab = await profile.signedIn()
    await profile.clock.advance(10 * MINUTE)
    profile.server.hold('/auth/refresh', (leg) => leg.lose())
    while ((profile.record.retryAt ?? 0) < profile.clock.now() + 10_000) {
      void tab.session.authFetch('/api/poll').catch(() => undefined)
      await profile.clock.advance(1_000)
    }
    profile.server.hold('/auth/refresh', null)
    profile.server.forget()
    expect(await profile.during(1, tab.session.extend())).toMatchObject({ ok: true })
    expect(profile.server.sentTo('/auth/refresh')).toHaveLength(1)
  })

  test('waits for a session that is still being looked for', async () => {
    const profile = watched()
    const tab = await profile.signedIn()
    tab.close()
    profile.browser.stored.record = undefined
    profile.browser.stored.mirror = null
    const next = profile.browser.openTab()
    expect(await profile.during(2_000, next.session.extend())).toMatchObject({ ok: true })
  })

  test('says that there is no session where no user has signed in', async () => {
    const profile = watched()
    const tab = await profile.openTab()
    expect(await tab.session.extend()).toEqual({ ok: false, reason: 'no_session' })
  })

  test.each(['before', 'while'] as const)(
    'says that there is no session where storage was cleared %s the server was asked',
    async (when) => {
      const profile = watched()
      const tab = await profile.signedIn()
      profile.browser.faults.mirror = 'refused'
      const held: (() => void)[] = []
      profile.server.hold('/auth/refresh', (leg) => held.push(leg.pass))
      if (when === 'before') profile.browser.clearSiteData()
      const asking = tab.session.extend()
      await profile.browser.settle()
      if (when === 'while') profile.browser.clearSiteData()
      profile.server.hold('/auth/refresh', null)
      for (const pass of held) pass()
      expect(await profile.during(1_000, asking)).toEqual({ ok: false, reason: 'no_session' })
      expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'storage-cleared' }])
      expect(held).toHaveLength(when === 'while' ? 1 : 0)
    },
  )

  test('is not offered where the server renews no more', async () => {
    const profile = watched({ accessTtlS: 7_200 })
    const tab = await profile.signedIn()
    profile.server.next('/auth/refresh', () =>
      Response.json({ error: 'invalid_grant' }, { status: 401 }),
    )
    const renewing = tab.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
    await profile.during(3_000, renewing)
    await profile.clock.advance(AFTER - 30_000)
    expect(tab.session.state.warning).toMatchObject({ cause: 'idle', extendable: false })
    expect(await profile.during(1_000, tab.session.extend())).toMatchObject({ ok: false })
  })

  test('says so where the server renews no more and no tab knew of it', async () => {
    const profile = watched({ accessTtlS: 7_200 })
    const tab = await profile.signedIn()
    profile.server.next('/auth/refresh', () =>
      Response.json({ error: 'invalid_grant' }, { status: 401 }),
    )
    expect(await profile.during(3_000, tab.session.extend())).toEqual({
      ok: false,
      reason: 'refresh-rejected',
    })
    expect(tab.session.state).toMatchObject({ status: 'logged-in', end: null })
  })

  test('is not granted to the previous user when another one signs in as soon as the server was told', async () => {
    const profile = watched()
    const [tab, other] = [await profile.signedIn(), await profile.openTab()]
    profile.browser.faults.channel = 'deaf'
    profile.browser.faults.mirror = 'refused'
    tab.session.on('refreshed', () => void other.session.login(profile.server.signIn('bob')))
    expect(await profile.during(1_000, tab.session.extend())).toEqual({
      ok: false,
      reason: 'no_session',
    })
    for (const { session } of [tab, other])
      expect(session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
  })
})

test('a sign-out that the server has not heard of keeps its token, whatever is read meanwhile', async () => {
  const profile = createProfile({ mode: 'body' })
  const tab = await profile.signedIn()
  const sid = profile.record.sid ?? ''
  profile.server.hold('/auth/logout', (leg) => leg.lose())
  await profile.during(2_000, tab.session.logout())
  profile.browser.faults.record = 'hangs'
  await profile.during(1_000, tab.session.takeLastEnd())
  profile.browser.faults.record = 'ok'
  profile.server.hold('/auth/logout', null)
  await profile.clock.advance(10_000)
  tab.tell('online')
  await profile.clock.advance(5_000)
  expect(profile.server.isAlive(sid)).toBe(false)
})
