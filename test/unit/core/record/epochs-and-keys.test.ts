import { describe, expect, test } from 'vitest'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { settle } from '../../../support/settle.ts'
import { gate, json } from '../../../support/fake-server.ts'
import { createProfile } from '../../../support/profile.ts'

const REFRESH = '/auth/refresh'
const forced = (tab: VirtualTab): Promise<unknown> =>
  tab.session.getAccessToken({ forceRefresh: true }).catch((error: unknown) => error)

describe('E1: epoch orders, session identifies', () => {
  test('sign-ins and sign-outs count the epoch up, renewals the generation', async () => {
    const profile = createProfile({ mode: 'body' })
    const tab = await profile.signedIn()
    const seen = [profile.record]
    await forced(tab)
    seen.push(profile.record)
    await tab.session.logout()
    seen.push(profile.record)
    await tab.session.login(profile.server.signIn())
    seen.push(profile.record)

    expect(seen.map(({ generation }) => generation)).toEqual([1, 2, 0, 1])
    const [login = 0, refresh = 0, logout = 0, again = 0] = seen.map(({ epoch }) => epoch)
    expect(refresh).toBe(login)
    expect(logout).toBeGreaterThan(refresh)
    expect(again).toBeGreaterThan(logout)
    const [first, second, third, fourth] = seen.map(({ session }) => session)
    expect(second).toBe(first)
    expect(new Set([first, third, fourth]).size).toBe(3)
  })

  test('an answer for a session that is over is not written into the one that followed', async () => {
    const profile = createProfile({ mode: 'body' })
    const tab = await profile.signedIn()
    const slow = gate<Response>()
    let handle = (): Response => new Response()
    profile.server.next(REFRESH, (_, now) => {
      handle = now
      return slow.promise
    })
    const late = forced(tab)
    await settle()
    const other = await profile.openTab()
    await other.session.login(profile.server.signIn('bob'))
    const { record } = profile
    slow.open(handle())
    await settle()
    expect(profile.record).toEqual(record)
    expect(await late).toMatchObject({ code: 'session_changed' })
  })
})

test('E1: after storage was cleared the next session is further on than what a tab that stood still remembers', async () => {
  const profile = createProfile()
  const still = await profile.signedIn()
  for (let time = 0; time < 3; time++) await still.session.login(profile.server.signIn('alice'))
  still.freeze()
  profile.browser.clearSiteData()
  await profile.clock.advance(1_000)
  const other = await profile.openTab()
  await other.session.login(profile.server.signIn('bob'))
  await settle()
  still.thaw()
  await settle()
  expect(still.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
  expect(still.eventsOf('ended').at(-1)).toMatchObject({ reason: 'user-switched' })
})

describe('E2: the key belongs to the generation', () => {
  test('every generation draws one new key, when it is committed and not when it is used', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const keys = [profile.record.key]
    const updates = profile.browser.used.updates
    for (let time = 0; time < 3; time++) {
      await forced(tab)
      keys.push(profile.record.key)
      expect(profile.record.lastKey).toBe(keys.at(-2))
    }
    expect(new Set(keys).size).toBe(4)
    const sent = profile.server.sentTo(REFRESH).map(({ headers }) => headers.get('idempotency-key'))
    expect(sent).toEqual(keys.slice(0, 3))
    // One write a generation: nothing is written before sending.
    expect(profile.browser.used.updates - updates).toBe(3)
  })

  test('tabs that renew one generation without a lock send one key and make one generation', async () => {
    const profile = createProfile({ mode: 'body' })
    const first = await profile.signedIn()
    const tabs = [first, await profile.openTab(), await profile.openTab()]
    profile.browser.faults.locks = 'rejects'
    profile.browser.faults.channel = 'deaf'
    await profile.expire()
    const answers: (() => void)[] = []
    profile.server.hold(REFRESH, (leg) => answers.push(() => leg.pass()))
    const tokens = tabs.map(forced)
    await settle()
    expect(answers).toHaveLength(3)
    profile.server.hold(REFRESH, null)
    for (const pass of answers) pass()
    await profile.clock.advance(2_000)

    for (const token of await Promise.all(tokens)) expect(token).toBeTypeOf('string')
    const keys = profile.server.sentTo(REFRESH).map(({ headers }) => headers.get('idempotency-key'))
    expect(new Set(keys).size).toBe(1)
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual([
      'rotated',
      'repeated',
      'repeated',
    ])
    expect(profile.record).toMatchObject({ generation: 2, seq: 2 })
    expect(profile.server.sentTo('/auth/logout')).toEqual([])
  })
})

describe('E3: other versions', () => {
  test('fields that this version does not know survive every write', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    profile.browser.stored.record = { ...profile.record, theme: 'dark' }
    await forced(tab)
    expect(profile.record).toMatchObject({ generation: 2, theme: 'dark' })
    await tab.session.logout()
    expect(profile.record).toMatchObject({ status: 'logged-out', theme: 'dark' })
    await tab.session.login(profile.server.signIn())
    expect(profile.record).toMatchObject({ status: 'logged-in', theme: 'dark' })
  })

  test('a record of a newer version is read, and written by no renewal', async () => {
    const profile = createProfile({ mode: 'body' })
    const tab = await profile.signedIn()
    const token = await tab.session.getAccessToken()
    const newer = { ...profile.record, v: 2, generation: 7 }
    profile.browser.stored.record = newer
    tab.close()

    const next = await profile.openTab()
    expect(next.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
    expect(await next.session.getAccessToken()).toBe(token)
    expect(await forced(next)).toMatchObject({ code: 'refresh_unavailable' })
    expect(profile.record).toEqual(newer)
    expect(profile.server.sentTo(REFRESH)).toEqual([])
  })

  const almost = { session: 's', epoch: 1, generation: 1, status: 'logged-in', limits: {} }
  test.each([
    null,
    0,
    'nonsense',
    [],
    { v: 1 },
    { session: 's', epoch: 'x' },
    { ...almost, epoch: null },
    { ...almost, generation: '1' },
    { ...almost, session: 1 },
    { ...almost, limits: null },
    { ...almost, limits: undefined },
  ])('what is no record at all (%j) counts as none', async (stored) => {
    const profile = createProfile({ mode: 'body' })
    profile.browser.stored.record = stored
    profile.browser.stored.mirror = JSON.stringify(stored)
    const tab = await profile.openTab()
    expect(tab.session.state).toMatchObject({ status: 'logged-out', end: null })
    expect(tab.events).toEqual([])
    await tab.session.login(profile.server.signIn())
    expect(tab.session.state.status).toBe('logged-in')
    expect(tab.reported).toEqual([])
  })
})

describe('E4: session time never runs backwards', () => {
  test('seenAt only grows, whatever the clock does', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    for (const ms of [3_600_000, -7_200_000, 60_000, -86_400_000]) {
      profile.clock.step(ms)
      await forced(tab)
      await profile.clock.advance(1_000)
    }
    await tab.session.logout()
    const seen = profile.browser.written.map((record) => (record as { seenAt: number }).seenAt)
    expect(seen.length).toBeGreaterThan(6)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
  })

  test('a clock set back lengthens no session, in no tab', async () => {
    // A token that outlives the session: no answer of the server brings a new limit.
    const profile = createProfile({ accessTtlS: 7_200 })
    const tab = await profile.signedIn({ session_expires_in: 3_600 })
    await profile.clock.advance(1_800_000)
    profile.clock.step(-30 * 86_400_000)
    tab.tell('woke')
    await profile.clock.advance(1_790_000)
    expect(tab.session.state.status).toBe('logged-in')
    tab.tell('woke')
    await profile.clock.advance(20_000)
    expect(tab.session.state.status).toBe('logged-out')
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'session-limit' }])
  })

  test('a clock set back between two pages gives back no more than the record has not seen', async () => {
    const profile = createProfile({ accessTtlS: 7_200 })
    const tab = await profile.signedIn({ session_expires_in: 3_600 })
    await profile.clock.advance(1_800_000)
    tab.close()
    profile.clock.step(-30 * 86_400_000)
    profile.server.next('/auth/refresh', () => json({}, 503, { 'retry-after': '3600' }))
    const next = await profile.openTab()
    await profile.clock.advance(3_620_000)
    expect(next.eventsOf('ended')).toMatchObject([{ reason: 'session-limit' }])
  })

  test('a clock set forward may end a session early', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ session_expires_in: 3_600 })
    profile.clock.step(30 * 86_400_000)
    await profile.clock.advance(10_000)
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'session-limit' }])
  })

  test('a session that begins after the clock was set back begins in its own time', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ session_expires_in: 3_600 })
    profile.clock.step(86_400_000)
    await profile.clock.advance(10_000)
    expect(tab.session.state.status).toBe('logged-out')
    profile.clock.step(-86_400_000)
    await tab.session.login(profile.server.signIn('alice', { session_expires_in: 3_600 }))
    expect(tab.session.state.endsAt).toBe(profile.clock.now() + 3_600_000)
    await profile.clock.advance(3_500_000)
    expect(tab.session.state.status).toBe('logged-in')
  })
})

test('a limit that the server moves with a refresh moves in all tabs', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn({ refresh_expires_in: 1_800 })
  const other = await profile.openTab()
  const before = other.session.state.endsAt
  await profile.clock.advance(900_000)
  await settle()
  expect(profile.server.refreshes.length).toBeGreaterThan(0)
  expect(tab.session.state.endsAt).toBeGreaterThan(before ?? Infinity)
  expect(other.session.state.endsAt).toBe(tab.session.state.endsAt)
})

test('an answer without a session limit leaves the one that was known', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn({ session_expires_in: 3_600 })
  const { endsAt } = tab.session.state
  profile.server.next(REFRESH, async (_, handle) => {
    const answer = (await handle().json()) as object
    return json({ ...answer, session_expires_in: undefined })
  })
  await forced(tab)
  expect(profile.record.generation).toBe(2)
  expect(tab.session.state.endsAt).toBe(endsAt)
})
