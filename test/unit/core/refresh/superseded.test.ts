import { describe, expect, test } from 'vitest'
import { cookieTransport } from '../../../../src/index.ts'
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
    await profile.clock.advance(5_200)
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
    await profile.clock.advance(1_000)
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

  test('refused that too, the session is over', async () => {
    const profile = createProfile()
    const tab = await loseTwoWrites(profile)
    profile.server.next(REFRESH, () => json({ error: 'refresh_superseded', seq: 4 }, 409))
    await profile.clock.advance(20_000)
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'refresh-rejected' }])
    expect(profile.server.sentTo(REFRESH)).toHaveLength(2)
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
