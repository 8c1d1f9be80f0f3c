import { describe, expect, test } from 'vitest'
import { cookieTransport, type CookieTransportOptions } from '../../../../src/index.ts'
import { plainServer } from '../../../../src/testing/index.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'

// What a tab makes of the claim of another one that has gone, at a server with one cookie that rotates, and reuse detected.

const REFRESH = '/auth/refresh'
const HOUR_MS = 3_600_000
const asked = (tab: VirtualTab): Promise<unknown> =>
  tab.session.getAccessToken().catch((error: unknown) => error)

function ordinary(options: CookieTransportOptions = {}, graceMs = 0): Profile {
  return createProfile({
    transport: cookieTransport('/auth', options),
    server: plainServer({ accessTtlMs: 600_000, graceMs }),
    maxWaitMs: 60_000,
  })
}

/** From now on each answer to a refresh takes so long. `onAnswer` is called as it arrives. */
function slowedBy(profile: Profile, ms: number, onAnswer: () => void = () => undefined): void {
  profile.server.hold(REFRESH, (leg) => {
    if (leg.way === 'up') return leg.pass()
    profile.clock.schedule(() => {
      onAnswer()
      leg.pass()
    }, ms)
  })
}

interface Message {
  readonly type: string
}

const outcomesOf = ({ server }: Profile) => server.refreshes.map(({ outcome }) => outcome)

/** Of two tabs whose token has expired, the first asks for another, and crashes while the answer is on its way, for `ms`. */
async function crashed(profile: Profile, ms: number, signedIn?: VirtualTab): Promise<VirtualTab> {
  const [first, second] = [signedIn ?? (await profile.signedIn()), await profile.openTab()]
  slowedBy(profile, ms)
  await profile.expire()
  void asked(first)
  await settle()
  first.crash()
  return second
}

/** The tab sends nothing while the claim of the other one holds, and gets a token once it has run out. */
async function expectToWait(profile: Profile, tab: VirtualTab): Promise<void> {
  const token = asked(tab)
  await profile.clock.advance(1_500)
  expect(outcomesOf(profile)).toEqual(['rotated'])
  await profile.clock.advance(12_000)
  expect(await token).toBeTypeOf('string')
  expect(outcomesOf(profile)).toEqual(['rotated', 'rotated'])
}

describe('the first page of a browser, reloaded while it asks whether a user is signed in', () => {
  test('finds a session whose answer takes five seconds', async () => {
    const profile = ordinary()
    profile.server.signIn()
    slowedBy(profile, 5_000)
    const first = await profile.openTab()
    await profile.clock.advance(500)
    first.close()
    const tab = await profile.openTab()
    await profile.clock.advance(12_000)
    expect(tab.session.state.status).toBe('logged-in')
    expect(outcomesOf(profile)).toEqual(['rotated', 'rotated'])
  })

  test('knows six seconds after the request that no user is signed in', async () => {
    const profile = ordinary()
    slowedBy(profile, 300)
    const first = await profile.openTab()
    await profile.clock.advance(100)
    first.close()
    const tab = await profile.openTab()
    await profile.clock.advance(5_500)
    expect(tab.session.state.status).toBe('restoring')
    await profile.clock.advance(1_300)
    expect(tab.session.state.status).toBe('logged-out')
  })

  test.each([
    ['knows idempotency keys or forgives', { idempotent: true }],
    ['does not rotate', { rotates: false }],
  ])('waits for nothing at a server that %s', async (_, options) => {
    const profile = ordinary(options, 30_000)
    profile.server.signIn()
    slowedBy(profile, 300)
    const first = await profile.openTab()
    await profile.clock.advance(100)
    first.close()
    const tab = await profile.openTab()
    await profile.clock.advance(301)
    expect(tab.session.state.status).toBe('logged-in')
  })

  test('waits no longer than the answer takes where a readable cookie changes with it', async () => {
    const profile = ordinary({ hintCookie: 'hint' })
    const { cookies } = profile.browser.stored
    cookies.push('hint=1')
    profile.server.signIn()
    slowedBy(profile, 2_000, () => cookies.splice(0, 1, 'hint=2'))
    const first = await profile.openTab()
    await profile.clock.advance(1_900)
    first.close()
    const tab = await profile.openTab()
    slowedBy(profile, 50)
    await profile.clock.advance(700)
    expect(tab.session.state.status).toBe('logged-in')
    expect(outcomesOf(profile)).toEqual(['rotated', 'rotated'])
  })
})

describe('the claim of a tab that has gone', () => {
  test.each([9_000, 14_000, 25_000])(
    'holds for as long as answers of %i ms have been seen to take, and more',
    async (ms) => {
      const profile = ordinary()
      const first = await profile.signedIn()
      slowedBy(profile, ms)
      await profile.expire()
      await profile.during(ms + 100, asked(first))
      const second = await crashed(profile, ms, first)
      expect(await profile.during(2 * ms + 4_000, asked(second))).toBeTypeOf('string')
      expect(outcomesOf(profile)).not.toContain('reused')
    },
  )

  test.each([
    ['forward', HOUR_MS],
    ['back', -HOUR_MS],
  ])('holds for as long if the clock is set %s by an hour meanwhile', async (_, ms) => {
    const profile = ordinary()
    const second = await crashed(profile, 5_000)
    const token = asked(second)
    await profile.clock.advance(1_000)
    profile.clock.step(ms)
    await profile.clock.advance(8_500)
    expect(outcomesOf(profile)).toEqual(['rotated'])
    await profile.clock.advance(7_000)
    expect(await token).toBeTypeOf('string')
    expect(outcomesOf(profile)).toEqual(['rotated', 'rotated'])
  })

  test('is known to a tab that has just opened if the clock was set back in between', async () => {
    const profile = ordinary()
    const second = await crashed(profile, 5_000)
    second.close()
    profile.clock.step(-HOUR_MS)
    const third = await profile.openTab()
    const token = asked(third)
    await profile.clock.advance(17_000)
    expect(await token).toBeTypeOf('string')
    expect(outcomesOf(profile)).toEqual(['rotated', 'rotated'])
  })

  test('holds if IndexedDB had failed in that tab, so that the mirror alone has it', async () => {
    const profile = ordinary()
    const [first, second] = [await profile.signedIn(), await profile.openTab()]
    slowedBy(profile, 5_000)
    await profile.expire()
    first.faults.record = 'rejects'
    void asked(first)
    await settle()
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
    expect(profile.record.attempt).toBeUndefined()
    first.crash()
    const token = asked(second)
    await profile.clock.advance(16_000)
    expect(await token).toBeTypeOf('string')
    expect(outcomesOf(profile)).toEqual(['rotated', 'rotated'])
  })

  test('holds in a page that cannot read the cookie: one that is not there is no answer', async () => {
    const profile = ordinary({ hintCookie: 'hint' })
    const { cookies } = profile.browser.stored
    cookies.push('hint=1')
    const second = await crashed(profile, 2_000)
    // A sandboxed frame, or a worker.
    cookies.splice(0)
    await expectToWait(profile, second)
  })

  test('holds where the tab that made it could not read the cookie: one that is there now is no answer', async () => {
    const profile = ordinary({ hintCookie: 'hint' })
    const second = await crashed(profile, 2_000)
    profile.browser.stored.cookies.push('hint=1')
    await expectToWait(profile, second)
  })

  test('holds as long for a tab that has seen that of an earlier one run out', async () => {
    const profile = ordinary()
    const [first, second] = [await profile.signedIn(), await profile.openTab()]
    const third = await profile.openTab()
    await profile.expire()
    // The first request never arrives.
    profile.server.hold(REFRESH, () => undefined)
    void asked(first)
    await settle()
    first.crash()
    slowedBy(profile, 5_000)
    void asked(second)
    const token = asked(third)
    await profile.clock.advance(5_000)
    third.freeze()
    await profile.clock.advance(6_000)
    expect(outcomesOf(profile)).toEqual(['rotated'])
    second.crash()
    third.thaw()
    expect(await profile.during(20_000, token)).toBeTypeOf('string')
    expect(outcomesOf(profile)).toEqual(['rotated', 'rotated'])
  })

  test.each([
    ['the record has', {}, { record: 'rejects' }],
    ['localStorage has', { record: 'rejects' }, { mirror: 'refused' }],
  ] as const)(
    'counts from its own beginning where %s only that of an earlier tab',
    async (_, older, newer) => {
      const profile = ordinary()
      const [first, second] = [await profile.signedIn(), await profile.openTab()]
      const third = await profile.openTab()
      await profile.expire()
      Object.assign(first.faults, older)
      // The first request never arrives.
      profile.server.hold(REFRESH, () => undefined)
      void asked(first)
      await profile.clock.advance(8_000)
      first.crash()
      Object.assign(second.faults, newer)
      slowedBy(profile, 5_000)
      void asked(second)
      await profile.clock.advance(3_000)
      expect(outcomesOf(profile)).toEqual(['rotated'])
      second.crash()
      expect(await profile.during(20_000, asked(third))).toBeTypeOf('string')
      expect(outcomesOf(profile)).toEqual(['rotated', 'rotated'])
    },
  )

  test('is no obstacle if what is stored is no record, and nobody can write a claim beside it', async () => {
    const profile = ordinary()
    const tab = await profile.signedIn()
    await profile.expire()
    // Every version of a record has an identity (E3).
    profile.browser.stored.record = { v: 2 }
    expect(await profile.during(2_000, asked(tab))).toBeTypeOf('string')
    expect(profile.record).toMatchObject({ v: 1, generation: 2 })
  })
})

test('a hidden tab whose timers are late keeps no other tab waiting while it asks the others for their token', async () => {
  const profile = createProfile()
  const [first, hidden, shown] = [
    await profile.signedIn(),
    await profile.openTab(),
    await profile.openTab(),
  ]
  await profile.expire()
  await asked(first)
  first.close()
  hidden.faults.timers = 'throttled'
  hidden.setVisible(false)
  void asked(hidden)
  await settle()
  expect(await profile.during(2_000, asked(shown))).toBeTypeOf('string')
  expect(outcomesOf(profile)).toEqual(['rotated', 'rotated'])
})

test('a claim is no news: of a refresh the other tabs get one hint', async () => {
  const profile = ordinary()
  const [first] = [await profile.signedIn(), await profile.openTab()]
  await profile.expire()
  const posted = profile.browser.posted.length
  await asked(first)
  const types = profile.browser.posted.slice(posted).map((message) => (message as Message).type)
  expect(types.filter((type) => type === 'hint')).toHaveLength(1)
})
