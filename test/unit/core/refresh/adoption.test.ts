import { expect, test } from 'vitest'
import { cookieTransport } from '../../../../src/index.ts'
import type { Delivery } from '../../../../src/testing/virtual-channel.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { bearer, type Tokens } from '../../../../src/tokens.ts'
import { json } from '../../../support/fake-server.ts'
import { settle } from '../../../support/settle.ts'
import { createProfile } from '../../../support/profile.ts'

const REFRESH = '/auth/refresh'
const asked = (tab: VirtualTab): Promise<unknown> =>
  tab.session.getAccessToken().catch((error: unknown) => error)

interface Question {
  readonly type: string
}
const typesOf = (messages: readonly unknown[]): string[] =>
  messages.map((message) => (message as Question).type)

test('H1: a tab behind the record asks, asks again at 300 ms, and renews itself after a second', async () => {
  const profile = createProfile()
  const first = await profile.signedIn()
  const second = await profile.openTab()
  await profile.expire()
  expect(await asked(first)).toBeTypeOf('string')
  // The only tab that could answer is gone.
  first.close()
  const before = profile.browser.posted.length
  const token = asked(second)
  await settle()
  await profile.clock.advance(299)
  const count = (): number =>
    typesOf(profile.browser.posted.slice(before)).filter((type) => type === 'question').length
  const atFirst = count()
  expect(atFirst).toBeGreaterThan(0)
  await profile.clock.advance(1)
  await settle()
  expect(count()).toBe(atFirst + 1)
  await profile.clock.advance(699)
  await settle()
  expect(profile.server.refreshes).toHaveLength(1)
  await profile.clock.advance(1)
  expect(await token).toBeTypeOf('string')
  expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(['rotated', 'rotated'])
})

test('H1: an answer within the second is taken, and nothing is renewed', async () => {
  const profile = createProfile()
  const first = await profile.signedIn()
  const second = await profile.openTab()
  await profile.expire()
  const renewed = await asked(first)
  first.freeze()
  const { timers } = second
  const token = asked(second)
  await profile.clock.advance(500)
  first.thaw()
  await settle()
  expect(await token).toBe(renewed)
  expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
  expect(second.timers).toBe(timers)
})

test('H1: a token that has expired since it was handed over is renewed before a caller gets it', async () => {
  const profile = createProfile()
  const [first, second] = [await profile.signedIn(), await profile.openTab()]
  await profile.expire()
  const old = await asked(first)
  await profile.expire()
  const token = await profile.during(2_000, asked(second))
  expect(token).toBeTypeOf('string')
  expect(token).not.toBe(old)
  expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(['rotated', 'rotated'])
})

test.each(['ok', 'missing'] as const)(
  'H1: no tab is asked for a token that the record has, but for the question that goes ahead (locks: %s)',
  async (locks) => {
    const profile = createProfile({ mode: 'body' })
    profile.browser.faults.locks = locks
    const [first, second] = [await profile.signedIn(), await profile.openTab()]
    await profile.expire()
    profile.browser.faults.mirror = 'refused'
    profile.browser.holdMessages(() => undefined)
    const renewed = await asked(first)
    const before = profile.browser.posted.length
    expect(await asked(second)).toBe(renewed)
    expect(typesOf(profile.browser.posted.slice(before))).toEqual(['question'])
  },
)

test('H1: a tab that is handed tokens knows as much about them as the tab that fetched them', async () => {
  const known: Tokens[] = []
  const transport = {
    ...cookieTransport('/auth'),
    authorize(_: unknown, tokens: Tokens) {
      known.push(tokens)
      return bearer(tokens)
    },
  }
  const profile = createProfile({ transport })
  const [first, second] = [await profile.signedIn(), await profile.openTab()]
  profile.server.next(REFRESH, async (_, handle) =>
    json({
      ...((await handle().json()) as object),
      token_type: 'DPoP',
      id_token: 'id-token',
      refresh_token: 'kept-here',
      session_expires_in: 3_600,
    }),
  )
  await profile.expire()
  await Promise.all([asked(first), asked(second)])
  for (const { session } of [first, second]) await session.authFetch('/api/me')

  const [fetched, handed] = known
  expect(fetched).toMatchObject({ tokenType: 'DPoP', refreshToken: 'kept-here' })
  expect(handed).toMatchObject({ ...fetched, refreshToken: undefined })
})

test('H1: a token that is at hand already costs no look at the record', async () => {
  const profile = createProfile()
  await profile.signedIn()
  const { session, generation } = profile.record
  const { reads } = profile.browser.used
  profile.browser.say({ type: 'handoff', accessToken: 'whatever', session, generation })
  await settle()
  expect(profile.browser.used.reads).toBe(reads)
})

test('H1: a token handed over after storage was cleared is not used', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  const { session, generation } = profile.record
  profile.browser.stored.record = undefined
  profile.browser.stored.mirror = null
  profile.browser.say({
    type: 'handoff',
    accessToken: 'forged',
    session,
    generation: generation + 1,
  })
  await settle()
  expect(tab.reported).toEqual([])
  expect(await asked(tab)).not.toBe('forged')
})

test('H1: a token handed over is believed only if the record bears it out', async () => {
  const profile = createProfile()
  const first = await profile.signedIn()
  const second = await profile.openTab()
  const old = await asked(second)
  // The second tab knows nothing of the renewal yet: it is the one that could be lied to.
  profile.browser.faults.channel = 'deaf'
  profile.browser.faults.mirror = 'refused'
  const renewed = await first.session.getAccessToken({ forceRefresh: true })
  const { session, generation } = profile.record
  for (const forged of [
    { session, generation: generation + 1 },
    { session: 'another', generation },
  ]) {
    profile.browser.say({ type: 'handoff', accessToken: 'forged', ...forged })
    await settle()
    expect(await asked(second)).toBe(old)
  }
  profile.browser.say({ type: 'handoff', accessToken: renewed, session, generation })
  await settle()
  expect(await asked(second)).toBe(renewed)
  expect(second.eventsOf('refreshed')).toMatchObject([{ by: 'other-tab' }])
})

test.each([null, undefined, 7, 'news', {}, { type: 'question' }, { type: 'else' }])(
  'H1: a message that is none of ours (%j) harms nobody',
  async (message) => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const token = await tab.session.getAccessToken()
    profile.browser.say(message)
    await settle()
    expect(await tab.session.getAccessToken()).toBe(token)
    expect(tab.reported).toEqual([])
    expect(
      profile.browser.posted.filter((posted) => JSON.stringify(posted).includes(token)),
    ).toEqual([])
  },
)

test.each(['cookie', 'body'] as const)(
  'H1: no refresh token is ever on the channel, and an access token only as an answer, %s mode',
  async (mode) => {
    const profile = createProfile({ mode })
    const tabs = [await profile.signedIn(), await profile.openTab(), await profile.openTab()]
    for (let round = 0; round < 3; round++) {
      await profile.expire()
      const answers = tabs.map(({ session }) => session.authFetch('/api/me'))
      await profile.during(2_000, Promise.all(answers))
    }
    await tabs[0]?.session.logout()
    await tabs[1]?.session.login(profile.server.signIn('bob'))
    await settle()

    expect(profile.browser.posted.length).toBeGreaterThan(8)
    for (const message of profile.browser.posted) {
      expect(JSON.stringify(message)).not.toContain('refresh-s')
      if (JSON.stringify(message).includes('eyJ'))
        expect(message).toMatchObject({ type: 'handoff' })
    }
    // Bob's token was asked for by nobody.
    const { session } = profile.record
    const handoffs = profile.browser.posted.filter(
      (message) => (message as Question & { session?: string }).type === 'handoff',
    )
    expect(
      handoffs.filter((message) => (message as { session: string }).session === session),
    ).toEqual([])
  },
)

test('H1: without a channel tabs find out by polling, and each renews for itself', async () => {
  const profile = createProfile()
  profile.browser.faults.channel = 'missing'
  const first = await profile.signedIn()
  const second = await profile.openTab()
  expect(second.eventsOf('degraded')).toEqual([{ missing: 'channel', to: 'polling' }])
  profile.browser.faults.mirror = 'refused'
  await first.session.logout()
  await profile.clock.advance(10_000)
  await settle()
  expect(second.eventsOf('ended')).toMatchObject([{ reason: 'logout', initiator: 'other-tab' }])
})

test('a channel that delivers nothing costs requests, not sessions', async () => {
  const profile = createProfile()
  const tabs = [await profile.signedIn(), await profile.openTab(), await profile.openTab()]
  profile.browser.faults.channel = 'deaf'
  for (let round = 0; round < 3; round++) {
    await profile.expire()
    const answers = tabs.map(({ session }) => session.authFetch('/api/me'))
    const done = await profile.during(8_000, Promise.all(answers))
    expect(done.map(({ status }) => status)).toEqual([200, 200, 200])
  }
  expect(profile.server.isAlive('s1')).toBe(true)
  expect(new Set(profile.server.refreshes.map(({ outcome }) => outcome))).toEqual(
    new Set(['rotated']),
  )
})

test('a request whose token runs out while an older one is still being handed over gets the next one', async () => {
  const profile = createProfile()
  const one = await profile.openTab()
  const two = await profile.openTab()
  const handoffs: Delivery[] = []
  profile.browser.holdMessages((delivery) => {
    if ((delivery.message as { readonly type: string }).type === 'handoff') handoffs.push(delivery)
    else delivery.deliver()
  })
  // The other tab hears of the login, and asks for its token.
  await one.session.login(profile.server.signIn('alice'))
  await profile.clock.advance(1)
  expect(two.session.state).toMatchObject({ status: 'logged-in' })
  expect(handoffs.length).toBeGreaterThan(0)

  await profile.expire()
  const answer = two.session.authFetch('/api/me')
  await settle()
  for (const { deliver } of handoffs) deliver()
  expect((await profile.during(5_000, answer)).status).toBe(200)
  expect(two.eventsOf('ended')).toEqual([])
})

test('H1: a tab that asks for a token asks as long for the next one if another tab has renewed meanwhile', async () => {
  const profile = createProfile()
  const [first, second] = [await profile.signedIn(), await profile.openTab()]
  second.faults.channel = 'deaf'
  await profile.expire()
  await asked(first)
  const token = asked(second)
  await profile.clock.advance(500)
  await first.session.getAccessToken({ forceRefresh: true })
  await profile.clock.advance(1_400)
  expect(profile.server.refreshes).toHaveLength(2)
  await profile.clock.advance(200)
  expect(await token).toBeTypeOf('string')
  expect(profile.server.refreshes).toHaveLength(3)
})
