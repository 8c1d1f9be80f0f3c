import { describe, expect, test } from 'vitest'
import {
  readTokenResponse,
  cookieTransport,
  expiryWarnings,
  idleTimeout,
  type ExtendResult,
  type IdleTimeoutOptions,
} from '../../../../src/index.ts'
import type { VirtualTab } from '../../../../src/testing/index.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const AFTER = 15 * MINUTE

function watched(idleOptions: Partial<IdleTimeoutOptions> = {}): Profile {
  return createProfile({ idle: idleTimeout({ afterMs: AFTER, ...idleOptions }) })
}

/** Two tabs in which a warning of the idle timeout has just opened. */
async function warned(profile = watched()): Promise<readonly [VirtualTab, VirtualTab]> {
  const tabs = [await profile.signedIn(), await profile.openTab()] as const
  await profile.clock.advance(AFTER - MINUTE)
  await profile.browser.settle()
  for (const { session } of tabs) expect(session.state.warning).toMatchObject({ cause: 'idle' })
  profile.server.forget()
  return tabs
}

/** Asks through the warning, as a dialog does. */
async function stay({ session }: VirtualTab): Promise<ExtendResult | undefined> {
  return await session.state.warning?.extend()
}

const extend = (profile: Profile, tab: VirtualTab): Promise<ExtendResult> =>
  profile.during(2_000, tab.session.extend())

describe('a warning', () => {
  test('is closed in all tabs when the user asks to stay in one, after the server was asked', async () => {
    const profile = watched()
    const [here, other] = await warned(profile)
    const clickedAt = profile.clock.now()
    const answer = await profile.during(2_000, stay(here))
    expect(answer).toEqual({ ok: true, endsAt: clickedAt + AFTER })
    expect(profile.server.refreshes).toHaveLength(1)
    expect(profile.server.sentTo('/auth/refresh')[0]?.body['idle_ms']).toBe(0)
    for (const { session, eventsOf } of [here, other]) {
      expect(session.state).toMatchObject({ warning: null, endsAt: clickedAt + AFTER })
      expect(eventsOf('expiring')).toHaveLength(1)
      expect(eventsOf('extended')).toEqual([{ endsAt: clickedAt + AFTER }])
    }
    await profile.clock.advance(AFTER - MINUTE)
    for (const { eventsOf } of [here, other]) expect(eventsOf('expiring')).toHaveLength(2)
  })

  test('is one change of the state, however much of it changes at once', async () => {
    const profile = watched()
    const tab = await profile.signedIn()
    const states: unknown[] = []
    tab.session.subscribe(() => states.push(tab.session.state))
    await profile.clock.advance(AFTER - MINUTE)
    await profile.during(2_000, stay(tab))
    expect(states.length).toBeGreaterThan(1)
    expect(new Set(states).size).toBe(states.length)
  })

  test('tells a tab that opens while it is on the true remainder', async () => {
    const profile = watched()
    const [here] = await warned(profile)
    await profile.clock.advance(25_000)
    const late = await profile.openTab()
    const { endsAt } = here.session.state
    expect(late.eventsOf('expiring')).toMatchObject([{ cause: 'idle', endsAt }])
    expect((endsAt ?? 0) - profile.clock.now()).toBe(35_000)
  })

  test.each([
    ['extend', 'idle'],
    ['activity', undefined],
  ] as const)('with dismissOn %s input alone leads to the end %s', async (dismissOn, reason) => {
    const profile = watched({ dismissOn })
    const [here, other] = await warned(profile)
    here.session.reportActivity()
    await profile.browser.settle()
    expect(other.session.state.warning === null).toBe(dismissOn === 'activity')
    await profile.clock.advance(MINUTE)
    await profile.browser.settle()
    expect(here.session.state.end?.reason).toBe(reason)
  })

  test('stays open when the server cannot be reached, and a user who asks again in time may stay', async () => {
    const profile = watched()
    const [here] = await warned(profile)
    profile.server.hold('/auth/refresh', (leg) => leg.lose())
    expect(await profile.during(20_000, here.session.extend())).toEqual({
      ok: false,
      reason: 'refresh_unavailable',
    })
    expect(here.session.state.warning).toMatchObject({ cause: 'idle' })
    profile.server.hold('/auth/refresh', null)
    here.tell('online')
    expect(await extend(profile, here)).toMatchObject({ ok: true })
  })

  test('a click in time is in time, however long the server takes', async () => {
    const profile = watched()
    const [here, other] = await warned(profile)
    await profile.clock.advance(MINUTE - 1_000)
    const held: (() => void)[] = []
    profile.server.hold('/auth/refresh', (leg) => held.push(leg.pass))
    const asking = here.session.extend()
    await profile.clock.advance(5_000)
    profile.server.hold('/auth/refresh', null)
    held.forEach((pass) => pass())
    expect(await profile.during(1_000, asking)).toMatchObject({ ok: true })
    for (const { session } of [here, other])
      expect(session.state).toMatchObject({ status: 'logged-in', warning: null })
  })

  test('too late is too late, and says why', async () => {
    const profile = watched()
    const [here] = await warned(profile)
    const { warning } = here.session.state
    await profile.clock.advance(MINUTE)
    expect(
      await profile.during(1_000, warning?.extend() ?? Promise.reject(new Error('none'))),
    ).toEqual({ ok: false, reason: 'idle' })
    expect(profile.server.refreshes).toEqual([])
  })

  test('a session that is dead at the server ends when its user asks to stay', async () => {
    const profile = watched()
    const [here, other] = await warned(profile)
    profile.server.revoke(profile.record.sid ?? '')
    expect(await profile.during(3_000, here.session.extend())).toEqual({
      ok: false,
      reason: 'revoked',
    })
    await profile.browser.settle()
    for (const { session } of [here, other])
      expect(session.state).toMatchObject({ status: 'logged-out', warning: null })
  })

  test('a renewal that another tab had begun before does not pass for the wish to stay', async () => {
    const profile = watched()
    const [here, other] = await warned(profile)
    const held: (() => void)[] = []
    profile.server.hold('/auth/refresh', (leg) => held.push(leg.pass))
    const renewing = other.session.getAccessToken({ forceRefresh: true })
    await profile.clock.advance(1_000)
    const asking = here.session.extend()
    await profile.clock.advance(1_000)
    profile.server.hold('/auth/refresh', null)
    held.forEach((pass) => pass())
    await profile.during(2_000, Promise.all([renewing, asking]))
    const told = profile.server.sentTo('/auth/refresh').map(({ body }) => body['idle_ms'])
    expect(told.length).toBe(2)
    expect(told[1]).toBeLessThan(5_000)
    expect(await asking).toMatchObject({ ok: true })
  })

  test('moves along with a clock that is set back, and is still announced once', async () => {
    const profile = watched()
    const [here] = await warned(profile)
    await profile.clock.advance(10_000)
    profile.clock.step(-HOUR)
    here.tell('woke')
    await profile.browser.settle()
    expect(here.session.state.warning?.endsAt).toBe(profile.clock.now() + 50_000)
    expect(here.eventsOf('expiring')).toHaveLength(1)
    expect(here.eventsOf('extended')).toEqual([])
  })

  test('gives way to one that no click helps, where staying meets a limit of the server', async () => {
    const profile = watched()
    const tab = await profile.signedIn({ session_expires_in: (AFTER + 20_000) / 1_000 })
    await profile.clock.advance(AFTER - MINUTE + 30_000)
    await profile.during(2_000, stay(tab))
    expect(tab.session.state.warning).toMatchObject({ cause: 'session-limit', extendable: false })
    expect(tab.eventsOf('expiring')).toMatchObject([
      { cause: 'idle', extendable: true },
      { cause: 'session-limit', extendable: false },
    ])
    expect(tab.eventsOf('extended')).toEqual([])
  })

  test('its logout is that of the session', async () => {
    const profile = watched()
    const [here, other] = await warned(profile)
    void here.session.state.warning?.logout()
    await profile.clock.advance(1_000)
    for (const { eventsOf } of [here, other]) {
      expect(eventsOf('ended')).toMatchObject([{ reason: 'logout' }])
      expect(eventsOf('extended')).toEqual([])
    }
  })
})

describe('a wish to stay', () => {
  /** Two tabs of a session that ends in `leftMs` for want of activity. */
  async function ending(
    leftMs: number,
    { afterMs, warnMs }: { readonly afterMs: number; readonly warnMs: number },
  ) {
    const warnings = expiryWarnings({ warnMs })
    const profile = createProfile({ idle: idleTimeout({ afterMs }), warnings })
    const tabs = [await profile.signedIn(), await profile.openTab()] as const
    const endsAt = profile.clock.now() + afterMs
    await profile.clock.advance(afterMs - leftMs)
    return { profile, tabs, endsAt }
  }

  test.each([
    [15 * MINUTE, 20_000],
    [15 * MINUTE, MINUTE],
    [25_000, 20_000],
  ] as const)(
    'moves nothing while the server fails: after %i ms with a warning of %i ms the session ends as if nobody had asked',
    async (afterMs, warnMs) => {
      const { profile, tabs, endsAt } = await ending(warnMs - 1_000, { afterMs, warnMs })
      profile.server.hold('/auth/refresh', (leg) => leg.lose())
      const asking = tabs[0].session.extend()
      for (let passedMs = 0; passedMs < warnMs - 2_000; passedMs += 1_000) {
        await profile.clock.advance(1_000)
        for (const { session, eventsOf } of tabs) {
          expect(session.state).toMatchObject({ endsAt, warning: { cause: 'idle', endsAt } })
          expect(eventsOf('expiring')).toHaveLength(1)
        }
      }
      expect(await asking).toEqual({ ok: false, reason: 'refresh_unavailable' })
      await profile.clock.advance(1_000)
      for (const { eventsOf } of tabs) {
        expect(eventsOf('ended')).toMatchObject([{ reason: 'idle', at: endsAt }])
        expect(eventsOf('extended')).toEqual([])
      }
    },
  )

  test('made in time holds the end off until the server has answered, and in all tabs the warning stays open', async () => {
    const { profile, tabs, endsAt } = await ending(2_000, { afterMs: MINUTE, warnMs: 20_000 })
    const askedAt = profile.clock.now()
    const held: (() => void)[] = []
    profile.server.hold('/auth/refresh', (leg) => held.push(leg.pass))
    const asking = tabs[0].session.extend()
    await profile.clock.advance(7_000)
    const opened = await profile.openTab()
    for (const { session, eventsOf } of [...tabs, opened]) {
      expect(session.state).toMatchObject({ status: 'logged-in', warning: { endsAt } })
      expect(eventsOf('expiring')).toHaveLength(1)
    }
    profile.server.hold('/auth/refresh', null)
    for (const pass of held) pass()
    expect(await profile.during(500, asking)).toEqual({ ok: true, endsAt: askedAt + MINUTE })
    for (const { session, eventsOf } of [...tabs, opened]) {
      expect(session.state).toMatchObject({ warning: null, endsAt: askedAt + MINUTE })
      expect(eventsOf('extended')).toEqual([{ endsAt: askedAt + MINUTE }])
    }
  })

  test('made in time ends the session as soon as it was in vain', async () => {
    const { profile, tabs } = await ending(2_000, { afterMs: AFTER, warnMs: 20_000 })
    profile.server.hold('/auth/refresh', (leg) => leg.lose())
    const asking = tabs[0].session.extend()
    await profile.clock.advance(8_000)
    for (const { session } of tabs) expect(session.state.status).toBe('logged-in')
    expect(await profile.during(7_000, asking)).toMatchObject({ ok: false })
    await profile.clock.advance(1_000)
    for (const { eventsOf } of tabs) expect(eventsOf('ended')).toMatchObject([{ reason: 'idle' }])
  })

  test('made in time is asked for again in vain, and twice is not longer than once', async () => {
    const { profile, tabs } = await ending(2_000, { afterMs: AFTER, warnMs: 20_000 })
    profile.server.hold('/auth/refresh', () => undefined)
    void tabs[0].session.extend()
    await profile.clock.advance(100)
    tabs[0].crash()
    await profile.clock.advance(10_000)
    profile.server.hold('/auth/refresh', (leg) => leg.lose())
    const again = tabs[1].session.extend()
    await profile.clock.advance(1_000)
    expect(tabs[1].session.state.status).toBe('logged-in')
    await profile.clock.advance(22_000)
    expect(await again).toMatchObject({ ok: false })
    expect(tabs[1].eventsOf('ended')).toMatchObject([{ reason: 'idle' }])
  })

  test('is good for half a minute if the tab in which it was made is gone', async () => {
    const { profile, tabs } = await ending(2_000, { afterMs: AFTER, warnMs: 20_000 })
    profile.server.hold('/auth/refresh', () => undefined)
    void tabs[0].session.extend()
    await profile.clock.advance(1_000)
    tabs[0].crash()
    await profile.clock.advance(28_000)
    expect(tabs[1].session.state.status).toBe('logged-in')
    await profile.clock.advance(1_000)
    expect(tabs[1].eventsOf('ended')).toMatchObject([{ reason: 'idle' }])
  })

  test('does not hold off a limit of the server that no click moves', async () => {
    const profile = watched()
    const tab = await profile.signedIn({ session_expires_in: AFTER / 1_000 + 1 })
    await profile.clock.advance(AFTER - 1_000)
    profile.server.hold('/auth/refresh', () => undefined)
    void tab.session.extend()
    await profile.clock.advance(1_500)
    expect(tab.session.state.status).toBe('logged-in')
    await profile.clock.advance(1_000)
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'session-limit' }])
  })
})

describe('the limits of the server', () => {
  test('one that is absolute is warned of, and no click helps', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ session_expires_in: 3600 })
    const endsAt = profile.clock.now() + HOUR
    await profile.clock.advance(HOUR - MINUTE + 1)
    expect(tab.eventsOf('expiring')).toMatchObject([
      { cause: 'session-limit', endsAt, extendable: false },
    ])
    expect(await extend(profile, tab)).toEqual({ ok: false, reason: 'not_extendable' })
    await profile.clock.advance(MINUTE)
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'session-limit' }])
  })

  test('one that renewing moves is moved while the user is active, without a warning', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ refresh_expires_in: 300 })
    await profile.clock.advance(2 * HOUR)
    expect(tab.session.state).toMatchObject({ status: 'logged-in' })
    expect(tab.eventsOf('expiring')).toEqual([])
    expect(profile.server.refreshes.length).toBeLessThan(60)
  })

  test.each([
    ['an hour', 3_600, 3_480],
    ['less than two warnings', 90, 45],
  ] as const)('one of %s is moved in time, and not all the time', async (_, limitS, dueS) => {
    const profile = createProfile({ accessTtlS: 10 * HOUR })
    await profile.signedIn({ refresh_expires_in: limitS })
    await profile.clock.advance((dueS - 1) * 1_000)
    expect(profile.server.refreshes).toEqual([])
    await profile.clock.advance(2_000)
    expect(profile.server.refreshes).toHaveLength(1)
  })

  test('is not moved in a hidden tab: there it is warned of, and a click helps', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ refresh_expires_in: 300 })
    tab.setVisible(false)
    await profile.clock.advance(4 * MINUTE)
    expect(tab.eventsOf('expiring')).toMatchObject([{ cause: 'refresh-limit', extendable: true }])
    expect(await extend(profile, tab)).toMatchObject({ ok: true })
    expect(tab.session.state.warning).toBeNull()
  })

  test('is not moved when the server cannot be reached', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ refresh_expires_in: 600 })
    profile.server.hold('/auth/refresh', (leg) => leg.lose())
    await profile.clock.advance(9 * MINUTE + 6_000)
    expect(tab.eventsOf('expiring')).toMatchObject([{ cause: 'refresh-limit' }])
    await profile.clock.advance(MINUTE)
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'session-limit' }])
  })

  test('a refresh limit that renewing does not move is warned of as one that no click helps', async () => {
    const profile = createProfile({ accessTtlS: 120 })
    const bornAt = profile.clock.now()
    const tab = await profile.signedIn({ refresh_expires_in: 600 })
    for (let i = 0; i < 30; i++)
      profile.server.next('/auth/refresh', async (_, handle) => {
        const answer = (await handle().json()) as object
        const left = 600 - Math.floor((profile.clock.now() - bornAt) / 1000)
        return Response.json({ ...answer, refresh_expires_in: left })
      })
    await profile.clock.advance(9 * MINUTE + 2_000)
    expect(tab.eventsOf('expiring').at(-1)).toMatchObject({
      cause: 'refresh-limit',
      extendable: false,
    })
  })

  test('a refresh limit is found to be fixed though the token does not say how long it lives', async () => {
    const profile = createProfile()
    const tab = await profile.openTab()
    const answer = profile.server.signIn('alice', { refresh_expires_in: 600 })
    await tab.session.login({ ...answer, expires_in: undefined })
    await profile.clock.advance(HOUR / 12)
    // After 300 of 600 seconds another 300: the limit stays where it was.
    profile.server.next('/auth/refresh', async (_, handle) => {
      const next = (await handle().json()) as object
      return Response.json({ ...next, expires_in: undefined, refresh_expires_in: 300 })
    })
    await profile.during(1_000, tab.session.getAccessToken({ forceRefresh: true }))
    await profile.clock.advance(4 * MINUTE)
    expect(tab.eventsOf('expiring')).toMatchObject([{ cause: 'refresh-limit', extendable: false }])
    expect(await extend(profile, tab)).toEqual({ ok: false, reason: 'not_extendable' })
  })

  test.each([
    ['seen', 'is renewed', []],
    ['not seen', 'is warned of', ['refresh-limit']],
  ] as const)(
    'the expiry of a token that is final, in a tab that is %s, %s',
    async (_, __, causes) => {
      const profile = createProfile({
        transport: cookieTransport('/auth', {
          read(answer) {
            const tokens = readTokenResponse(answer)
            return { ...tokens, refreshExpiresInMs: tokens.expiresInMs }
          },
        }),
      })
      const tab = await profile.signedIn()
      tab.setVisible(causes.length === 0)
      await profile.clock.advance(9 * MINUTE)
      expect(tab.eventsOf('expiring').map(({ cause }) => cause)).toEqual(causes)
      expect(tab.session.state.endsAt).toBe(tab.session.state.accessExpiresAt ?? 0)
      await profile.clock.advance(MINUTE)
      await profile.browser.settle()
      expect(tab.eventsOf('ended')).toHaveLength(causes.length)
    },
  )

  test('the earliest clock wins, and the cause changes when another one overtakes it', async () => {
    const profile = watched()
    const tab = await profile.signedIn({ session_expires_in: 15 * 60 + 30 })
    await profile.clock.advance(AFTER - MINUTE)
    expect(tab.eventsOf('expiring')).toMatchObject([{ cause: 'idle', extendable: true }])
    await extend(profile, tab)
    expect(tab.session.state.warning).toBeNull()
    await profile.clock.advance(30_000)
    expect(tab.eventsOf('expiring')[1]).toMatchObject({ cause: 'session-limit', extendable: false })
    await profile.clock.advance(MINUTE)
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'session-limit' }])
  })
})

test('extend without a warning moves the end, and without a session says why there is none', async () => {
  const profile = watched()
  const tab = await profile.signedIn()
  await profile.clock.advance(5 * MINUTE)
  const clickedAt = profile.clock.now()
  expect(await extend(profile, tab)).toEqual({ ok: true, endsAt: clickedAt + AFTER })
  await profile.during(1_000, tab.session.logout())
  expect(await extend(profile, tab)).toEqual({ ok: false, reason: 'logout' })
})

test('extend without any limit is a renewal', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  expect(await extend(profile, tab)).toEqual({ ok: true, endsAt: null })
  expect(profile.server.refreshes).toHaveLength(1)
})

describe('a session without warnings', () => {
  test('ends at the limit of the server, without a warning', async () => {
    const profile = createProfile({ warnings: undefined })
    const tab = await profile.signedIn({ session_expires_in: 15 * 60 })
    await profile.clock.advance(15 * MINUTE - 1_000)
    expect(tab.session.state).toMatchObject({ status: 'logged-in', warning: null })
    expect(await tab.session.extend()).toEqual({ ok: false, reason: 'not_extendable' })
    await profile.clock.advance(2_000)
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'session-limit' }])
    expect(tab.eventsOf('expiring')).toEqual([])
  })

  test('ends with the idle timeout of another page, which warns its user', async () => {
    const profile = createProfile({ warnings: undefined })
    const tab = await profile.signedIn()
    const watching = await profile.openTab({ idle: idleTimeout({ afterMs: 15 * MINUTE }) })
    await profile.clock.advance(14 * MINUTE + 1_000)
    expect(watching.eventsOf('expiring')).toMatchObject([{ cause: 'idle' }])
    await profile.clock.advance(MINUTE)
    for (const { eventsOf } of [tab, watching])
      expect(eventsOf('ended')).toMatchObject([{ reason: 'idle' }])
    expect(tab.eventsOf('expiring')).toEqual([])
  })
})

describe('where one tab warns earlier than another', () => {
  const early = expiryWarnings({ warnMs: 5 * MINUTE })

  test.each([
    ['warns later', expiryWarnings({ warnMs: 20_000 })],
    ['does not warn', undefined],
  ])(
    'a limit that renewing moves is moved in time for it by a visible tab that %s',
    async (_, warnings) => {
      const profile = createProfile({ warnings, accessTtlS: 10 * HOUR })
      const tab = await profile.signedIn({ refresh_expires_in: 3_600 })
      const hidden = await profile.openTab({ warnings: early })
      hidden.setVisible(false)
      await profile.clock.advance(3 * HOUR)
      expect(tab.session.state.status).toBe('logged-in')
      expect(hidden.eventsOf('expiring')).toEqual([])
    },
  )

  test.each([
    ['warns later', expiryWarnings({ warnMs: 20_000 })],
    ['has the default', undefined],
  ])('activity is shared in time for it by a tab that %s', async (_, warnings) => {
    const idle = idleTimeout({ afterMs: 5 * MINUTE + 8_000 })
    const profile = createProfile({ idle, warnings })
    const tab = await profile.signedIn()
    const other = await profile.openTab({ warnings: early })
    for (let passedS = 0; passedS < 120; passedS++) {
      await profile.clock.advance(1_000)
      tab.session.reportActivity()
    }
    expect(other.eventsOf('expiring')).toEqual([])
  })

  test('each warns in its own time of an end that nobody moves', async () => {
    const profile = createProfile({ idle: idleTimeout({ afterMs: 15 * MINUTE }) })
    const tab = await profile.signedIn()
    const other = await profile.openTab({ warnings: early })
    await profile.clock.advance(10 * MINUTE)
    expect(other.eventsOf('expiring')).toHaveLength(1)
    expect(tab.eventsOf('expiring')).toEqual([])
    await profile.clock.advance(4 * MINUTE)
    for (const { eventsOf } of [tab, other]) expect(eventsOf('expiring')).toHaveLength(1)
  })
})

test('`warnings` says how early the user of an idle timeout is warned', async () => {
  const idle = idleTimeout({ afterMs: 15 * MINUTE })
  const profile = createProfile({ idle, warnings: expiryWarnings({ warnMs: 5 * MINUTE }) })
  const tab = await profile.signedIn()
  await profile.clock.advance(10 * MINUTE - 1_000)
  expect(tab.session.state.warning).toBeNull()
  await profile.clock.advance(2_000)
  expect(tab.session.state.warning).toMatchObject({ cause: 'idle' })
})
