import { describe, expect, test } from 'vitest'
import { cookieTransport } from '../../../../src/index.ts'
import { createVirtualBrowser, strictServer } from '../../../../src/testing/index.ts'
import type { VirtualBrowser } from '../../../../src/testing/virtual-browser.ts'
import { createRandom } from '../../../../src/testing/random.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { settle } from '../../../support/settle.ts'
import { json } from '../../../support/fake-server.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'
import type { Leg } from '../../../../src/testing/virtual-network.ts'

// The cookie jar is further on than the record: the tab that received the cookie did not live to write that down.

const REFRESH = '/auth/refresh'

const renew = (tab: VirtualTab): Promise<string | null | undefined> =>
  tab.session.getAccessToken({ forceRefresh: true })
const rowsOf = ({ server }: Profile): string[] => server.refreshes.map(({ outcome }) => outcome)

/** Two renewals after which the record is as it was before them, as after a power cut. */
async function loseTwoWrites(profile: Profile): Promise<VirtualTab> {
  const tab = await profile.signedIn()
  const { record } = profile
  await renew(tab)
  await renew(tab)
  tab.crash()
  profile.browser.stored.record = record
  profile.browser.stored.mirror = null
  profile.server.forget()
  await profile.expire()
  return await profile.openTab()
}

describe('superseded (409) by a higher number', () => {
  test('the token of that number is spent with the key of the record, once no other tab has written it down', async () => {
    const profile = createProfile()
    const tab = await loseTwoWrites(profile)
    const { key } = profile.record
    await profile.clock.advance(200)
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
    await profile.clock.advance(100)

    const [first, second] = profile.server.sentTo(REFRESH)
    expect(first?.body).toMatchObject({ sid: 's1', seq: 1 })
    expect(second?.body).toMatchObject({ sid: 's1', seq: 3 })
    expect(second?.headers.get('idempotency-key')).toBe(key)
    expect(profile.record).toMatchObject({ generation: 2, seq: 4, lastKey: key })
    // Counted from when the second request was sent, 50 ms ago.
    expect(profile.record.accessExpiresAt).toBe(profile.clock.now() - 50 + 600_000)

    await renew(tab)
    expect(rowsOf(profile)).toEqual(['superseded', 'rotated', 'rotated'])
    expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
  })

  test('a tab that finds meanwhile that another one has done it sends nothing more', async () => {
    const profile = createProfile()
    profile.browser.faults.locks = 'rejects'
    const tab = await loseTwoWrites(profile)
    await profile.clock.advance(100)
    const late = await profile.openTab()
    await profile.clock.advance(6_000)
    expect(rowsOf(profile)).toEqual(['superseded', 'superseded', 'rotated'])
    expect(await late.session.getAccessToken()).toBe(await tab.session.getAccessToken())
  })

  test('an answer that is lost is asked for again, and is the same', async () => {
    const profile = createProfile()
    const tab = await loseTwoWrites(profile)
    for (let time = 0; time < 2; time++)
      profile.server.next(REFRESH, (_, handle) => {
        handle()
        throw new TypeError('Failed to fetch')
      })
    await profile.clock.advance(20_000)
    expect(tab.session.state.status).toBe('logged-in')
    expect(rowsOf(profile)).toEqual(['superseded', 'rotated', 'repeated', 'repeated'])
  })

  test.each([
    ['before the request was sent', 'up', ['superseded', 'rotated']],
    ['before its answer came', 'down', ['superseded', 'rotated', 'repeated']],
  ] as const)(
    'a page that was away %s sends it again, without a failure or a pause',
    async (_, lost, rows) => {
      const profile = createProfile()
      const tab = await loseTwoWrites(profile)
      await profile.clock.advance(200)
      profile.server.hold(REFRESH, ({ way, pass }) => {
        // As in WebKit, where a request that was in flight when its page left never settles.
        if (way !== lost) pass()
      })
      await profile.clock.advance(100)
      tab.cache()
      await profile.clock.advance(1_000)
      profile.server.hold(REFRESH, null)
      tab.thaw()
      await profile.clock.advance(1_000)
      expect(tab.eventsOf('refresh-failed')).toEqual([])
      expect(rowsOf(profile)).toEqual(rows)
      expect(profile.record).toMatchObject({ generation: 2, seq: 4 })
      expect(await tab.session.getAccessToken()).toBeTypeOf('string')
    },
  )

  test('a page that was away finds that another tab has done it, and sends nothing more', async () => {
    const profile = createProfile()
    profile.browser.faults.locks = 'rejects'
    const tab = await loseTwoWrites(profile)
    await profile.clock.advance(200)
    profile.server.hold(REFRESH, () => undefined)
    await profile.clock.advance(100)
    tab.cache()
    profile.server.hold(REFRESH, null)
    const other = await profile.openTab()
    await profile.clock.advance(2_000)
    const sent = profile.server.sentTo(REFRESH).length
    tab.thaw()
    await profile.clock.advance(2_000)
    expect(profile.server.sentTo(REFRESH)).toHaveLength(sent)
    expect(tab.eventsOf('refresh-failed')).toEqual([])
    expect(await tab.session.getAccessToken()).toBe(await other.session.getAccessToken())
  })

  test('refused that too, the session is over', async () => {
    const profile = createProfile()
    const tab = await loseTwoWrites(profile)
    profile.server.next(REFRESH, () => json({ error: 'refresh_superseded', seq: 4 }, 409))
    await profile.clock.advance(20_000)
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'refresh-rejected' }])
    expect(profile.server.sentTo(REFRESH)).toHaveLength(3)
  })
})

/** Two applications of one site before one auth server: each has a record, locks and a channel of its own, and both have one cookie jar. */
function twoApplications({ graceMs, ttlMs, seed }: Record<'graceMs' | 'ttlMs' | 'seed', number>) {
  const session = { transport: cookieTransport('/auth') }
  const one = createVirtualBrowser({
    session,
    server: strictServer({ accessTtlMs: ttlMs, graceMs }),
    seed,
  })
  const fetch = one.network.fetch
  const two = createVirtualBrowser({ session: { ...session, fetch }, seed: seed + 1_000 })
  const random = createRandom(seed + 2_000)
  const pass = async (ms: number, stepMs = 200): Promise<void> => {
    for (let passed = 0; passed < ms; passed += stepMs)
      for (const browser of [one, two]) await browser.advance(stepMs)
  }
  /** From now on requests and answers take their time. */
  const slowDown = (): void => {
    const onLeg = (leg: Leg): void => void one.clock.schedule(() => leg.pass(), 400 * random())
    one.network.hold(REFRESH, onLeg)
  }
  return { one, two, pass, slowDown }
}

const statusesOf = (tabs: readonly VirtualTab[]): string[] =>
  tabs.map(({ session }) => session.state.status)

describe('two applications with one cookie jar, before a server with a grace period', () => {
  test.each([1, 2, 3, 4, 5])(
    'that renew at the same moments both stay signed in (%i)',
    async (seed) => {
      const { one, two, pass, slowDown } = twoApplications({
        graceMs: 30_000,
        ttlMs: 60_000,
        seed,
      })
      const a = one.openTab()
      await a.session.login(one.signIn('alice'))
      const b = two.openTab()
      await pass(1_000)
      slowDown()
      await pass(1_200_000)
      expect(statusesOf([a, b])).toEqual(['logged-in', 'logged-in'])
      expect(one.server.isAlive('s1')).toBe(true)
      expect(one.network.sentTo('/auth/logout')).toEqual([])
    },
  )

  test.each([1, 2, 3, 4, 5])('that are opened at once both find the session (%i)', async (seed) => {
    const { one, two, pass, slowDown } = twoApplications({ graceMs: 30_000, ttlMs: 60_000, seed })
    one.signIn('alice')
    slowDown()
    const tabs = [one.openTab(), two.openTab()]
    await pass(10_000)
    expect(statusesOf(tabs)).toEqual(['logged-in', 'logged-in'])
    for (const tab of tabs) tab.close()
    await pass(600_000, 10_000)
    const again = [one.openTab(), two.openTab()]
    await pass(10_000)
    expect(statusesOf(again)).toEqual(['logged-in', 'logged-in'])
  })
})

describe('an answer to one of two applications that takes eight seconds, before a server with a grace period', () => {
  /** From now on the server is asked at once, and its first answer is eight seconds on its way. */
  function holdUpAnAnswer({ clock, network, server }: VirtualBrowser): void {
    let isFirst = true
    network.hold(REFRESH, (leg) => {
      if (leg.way === 'up' || !isFirst || server.refreshes.at(-1)?.outcome !== 'rotated')
        return leg.pass()
      isFirst = false
      clock.schedule(() => leg.pass(), 8_000)
    })
  }

  test('ends no session in the other, whose renewal shows the same cookie', async () => {
    const { one, two, pass } = twoApplications({ graceMs: 30_000, ttlMs: 60_000, seed: 1 })
    const a = one.openTab()
    await a.session.login(one.signIn('alice'))
    const b = two.openTab()
    await pass(1_000)
    one.server.forget()
    holdUpAnAnswer(one)
    for (const tab of [a, b]) void renew(tab).catch(() => undefined)
    await pass(180_000)
    expect(statusesOf([a, b])).toEqual(['logged-in', 'logged-in'])
    expect(one.server.isAlive('s1')).toBe(true)
    expect(one.network.sentTo('/auth/logout')).toEqual([])
  })

  test('does not keep the other from finding the session', async () => {
    const { one, two, pass } = twoApplications({ graceMs: 30_000, ttlMs: 60_000, seed: 1 })
    one.signIn('alice')
    holdUpAnAnswer(one)
    const tabs = [one.openTab(), two.openTab()]
    await pass(30_000)
    expect(statusesOf(tabs)).toEqual(['logged-in', 'logged-in'])
  })
})

describe('a 409 that stays ends the session', () => {
  /** Each refresh from now on is answered with that number. */
  function conflictBy({ server }: Profile, seq: number | undefined): void {
    for (let n = 0; n < 20; n++)
      server.next(REFRESH, () => json({ error: 'refresh_superseded', seq }, 409))
  }
  const loggedOut = ({ server }: Profile): unknown[] =>
    server.sentTo('/auth/logout').map(({ body }) => body)

  describe.each([
    ['at once, if the access token has expired', true],
    ['as the access token expires', false],
  ])('%s', (_, isExpired) => {
    async function ending(mode: 'cookie' | 'body', seq: number | undefined) {
      const profile = createProfile({ mode })
      const tab = await profile.signedIn()
      conflictBy(profile, seq)
      if (isExpired) await profile.expire()
      void renew(tab).catch(() => undefined)
      await profile.clock.advance(20_000)
      if (!isExpired) {
        expect(tab.session.state.status).toBe('logged-in')
        await profile.clock.advance(600_000)
      }
      expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'refresh-rejected' }])
      await profile.clock.advance(20_000)
      return profile
    }

    test('by a higher number, without a logout: another application goes on', async () => {
      const profile = await ending('cookie', 9)
      expect(loggedOut(profile)).toEqual([])
      expect(profile.server.isAlive('s1')).toBe(true)
    })

    test.each([
      ['cookie', 1],
      ['body', 1],
      ['body', 9],
    ] as const)(
      'in %s mode by the number %i, with a logout of this session: a thief may be ahead',
      async (mode, seq) => {
        const profile = await ending(mode, seq)
        expect(loggedOut(profile)).toMatchObject([{ sid: 's1', everywhere: false }])
        expect(profile.server.isAlive('s1')).toBe(false)
      },
    )
  })

  test('a user who logs out of a session that lives on elsewhere is out of both', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    conflictBy(profile, 9)
    void renew(tab).catch(() => undefined)
    await profile.clock.advance(20_000)
    expect(tab.session.state.warning).toBeNull()
    await tab.session.logout()
    await settle()
    expect(loggedOut(profile)).toMatchObject([{ sid: 's1' }])
  })

  test('the number is followed for as long as it grows, within a bound', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    let seq = 5
    for (let n = 0; n < 50; n++)
      profile.server.next(REFRESH, () => json({ error: 'refresh_superseded', seq: seq++ }, 409))
    await profile.expire()
    void renew(tab).catch(() => undefined)
    await profile.clock.advance(20_000)
    const sent = profile.server.sentTo(REFRESH).map(({ body }) => body['seq'])
    expect(sent).toEqual([1, 5, 6, 7, 8, 9, 10, 11, 12])
  })
})

const hintCookie = 'signed-in'

/** A login whose cookie a tab renews that has just opened, before the page with the login knows; the answer is under way. */
async function openDuringLogin(): Promise<{
  readonly profile: Profile
  readonly one: VirtualTab
  readonly two: VirtualTab
  readonly login: () => Promise<void>
  readonly answer: Leg
}> {
  const profile = createProfile({ transport: cookieTransport('/auth', { hintCookie }) })
  const one = await profile.openTab()
  const response = profile.server.signIn()
  profile.browser.stored.cookies.push(hintCookie)
  const legs: Leg[] = []
  profile.server.hold(REFRESH, (leg) => legs.push(leg))
  const two = await profile.openTab()
  legs[0]?.pass()
  await settle()
  profile.server.hold(REFRESH, null)
  const [, answer] = legs
  if (answer?.way !== 'down') throw new Error('The opening tab has not renewed the cookie')
  const login = async (): Promise<void> => {
    await one.session.login(response)
    await settle()
  }
  return { profile, one, two, login, answer }
}

describe('a tab that has just opened renews the cookie of a login', () => {
  test.each(['pass', 'lose'] as const)(
    'and dies before the login is known here: the answer (%s) costs nothing',
    async (fate) => {
      const { profile, one, two, login, answer } = await openDuringLogin()
      two.crash()
      await login()
      answer[fate]()
      await profile.expire()
      expect((await profile.during(1_000, one.session.authFetch('/api/me'))).status).toBe(200)
      await renew(one)
      expect(rowsOf(profile)).toEqual([
        'rotated',
        fate === 'pass' ? 'ahead' : 'repeated',
        'rotated',
      ])
      expect(one.eventsOf('ended')).toEqual([])
    },
  )

  test('by which the session begins here, too', async () => {
    const { profile, one, two, answer } = await openDuringLogin()
    two.crash()
    await profile.during(1_000, one.session.login())
    answer.pass()
    await settle()
    await renew(one)
    expect(rowsOf(profile)).toEqual(['rotated', 'repeated', 'rotated'])
    expect(one.session.state.status).toBe('logged-in')
  })

  const MOMENTS = ['before', 'while it is sent', 'while it is answered', 'after'] as const
  test.each(MOMENTS.flatMap((moment) => [true, false].map((lost) => ({ moment, lost }))))(
    'and is thawed $moment the next refresh, whose first answer is lost: $lost',
    async ({ moment, lost }) => {
      const { profile, one, two, login, answer } = await openDuringLogin()
      two.freeze()
      await login()
      answer.pass()
      await profile.expire()
      const legs: Leg[] = []
      profile.server.hold(REFRESH, (leg) => legs.push(leg))
      const thawAt = async (now: (typeof MOMENTS)[number]): Promise<void> => {
        if (now === moment) two.thaw()
        await settle()
      }

      await thawAt('before')
      const token = one.session.getAccessToken().catch((error: unknown) => error)
      await settle()
      await thawAt('while it is sent')
      legs.shift()?.pass()
      await settle()
      await thawAt('while it is answered')
      profile.server.hold(REFRESH, null)
      for (const leg of legs) (lost ? leg.lose : leg.pass)()
      await profile.clock.advance(20_000)
      await thawAt('after')

      expect(await token).toBeTypeOf('string')
      for (const tab of [one, two]) {
        await profile.expire()
        expect((await profile.during(20_000, tab.session.authFetch('/api/me'))).status).toBe(200)
        expect(tab.eventsOf('ended')).toEqual([])
      }
      expect(rowsOf(profile)).not.toContain('reused')
      expect(profile.server.isAlive('s1')).toBe(true)
    },
  )
})
