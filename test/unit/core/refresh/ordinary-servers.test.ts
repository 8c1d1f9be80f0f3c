import { describe, expect, test } from 'vitest'
import { cookieTransport, jsonTransport, readTokenResponse } from '../../../../src/index.ts'
import { plainServer, strictServer } from '../../../../src/testing/index.ts'
import type { Leg } from '../../../../src/testing/virtual-network.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'

const REFRESH = '/auth/refresh'
const MAX_WAIT_MS = 60_000
const asked = (tab: VirtualTab): Promise<unknown> =>
  tab.session.getAccessToken().catch((error: unknown) => error)

/** A browser at a server as most articles describe it: one cookie that rotates, reuse detected, and nothing else. */
function ordinary(): Profile {
  return createProfile({
    server: plainServer({ accessTtlMs: 600_000 }),
    maxWaitMs: MAX_WAIT_MS,
  })
}

/** From now on each answer to a refresh takes so long. */
function slowedBy(profile: Profile, ms: number): void {
  profile.server.hold(REFRESH, (leg: Leg) => {
    if (leg.way === 'up') leg.pass()
    else void profile.clock.schedule(() => leg.pass(), ms)
  })
}

const outcomesOf = ({ server }: Profile) => server.refreshes.map(({ outcome }) => outcome)

describe('a cookie server that knows neither keys nor numbers', () => {
  test.each([
    ['crashes', (tab: VirtualTab) => tab.crash()],
    ['is closed', (tab: VirtualTab) => tab.close()],
    ['is frozen', (tab: VirtualTab) => tab.freeze()],
    ['goes into the back/forward cache', (tab: VirtualTab) => tab.cache()],
  ])(
    'a tab that %s while it refreshes costs another tab the wait for the answer, and no session',
    async (_, leave) => {
      const profile = ordinary()
      const [first, second] = [await profile.signedIn(), await profile.openTab()]
      await profile.expire()
      slowedBy(profile, 5_000)
      void asked(first)
      await settle()
      leave(first)
      const token = asked(second)
      expect(await profile.during(20_000, token)).toBeTypeOf('string')
      expect(outcomesOf(profile)).toEqual(['rotated', 'rotated'])
      expect(second.session.state.status).toBe('logged-in')
    },
  )

  test('two reloads while the only tab refreshes cost no session', async () => {
    const profile = ordinary()
    await profile.signedIn()
    await profile.expire()
    slowedBy(profile, 1_500)
    let tab = await profile.openTab()
    for (let reload = 0; reload < 2; reload++) {
      void asked(tab)
      await profile.clock.advance(200)
      tab.close()
      tab = await profile.openTab()
    }
    expect(await profile.during(30_000, asked(tab))).toBeTypeOf('string')
    expect(outcomesOf(profile)).not.toContain('reused')
  })

  test('a page that sees its request fail as it is reloaded costs no session', async () => {
    const profile = ordinary()
    await profile.signedIn()
    await profile.expire()
    slowedBy(profile, 2_000)
    // Chromium rejects the fetch a moment before the page hears that it leaves. The answer still brings its cookie.
    const leaving = Promise.withResolvers<Response>()
    const { fetch } = profile.browser.network
    const first = await profile.openTab({
      fetch: (input, init) => Promise.race([fetch(input, init), leaving.promise]),
    })
    void asked(first)
    await profile.clock.advance(200)
    leaving.reject(new TypeError('Failed to fetch'))
    await profile.clock.advance(100)
    first.close()
    const second = await profile.openTab()
    expect(await profile.during(30_000, asked(second))).toBeTypeOf('string')
    expect(outcomesOf(profile)).not.toContain('reused')
  })

  test('once answers are known to be quick, the answer to a tab that has gone is not waited for long', async () => {
    const profile = ordinary()
    const [first, second] = [await profile.signedIn(), await profile.openTab()]
    await profile.expire()
    slowedBy(profile, 100)
    await profile.during(1_000, asked(first))
    await profile.expire()
    void asked(first)
    await settle()
    first.crash()
    const token = asked(second)
    await profile.clock.advance(2_500)
    expect(outcomesOf(profile)).toEqual(['rotated', 'rotated'])
    await profile.during(1_500, token)
    expect(outcomesOf(profile)).toEqual(['rotated', 'rotated', 'rotated'])
  })

  test('a hidden tab whose timers are late, waiting for the answer to a tab that has gone, keeps no other tab waiting', async () => {
    const profile = ordinary()
    const [first, hidden, shown] = [
      await profile.signedIn(),
      await profile.openTab(),
      await profile.openTab(),
    ]
    await profile.expire()
    slowedBy(profile, 500)
    void asked(first)
    await settle()
    first.crash()
    hidden.faults.timers = 'throttled'
    hidden.setVisible(false)
    void asked(hidden)
    await settle()
    const token = asked(shown)
    await profile.clock.advance(11_000)
    expect(outcomesOf(profile)).toEqual(['rotated', 'rotated'])
    expect(await profile.during(1_000, token)).toBeTypeOf('string')
  })

  test('a tab that has waited for a tab that has gone has 30 s as well, and no other tab sends meanwhile', async () => {
    const profile = ordinary()
    const [first, ...others] = [
      await profile.signedIn(),
      await profile.openTab(),
      await profile.openTab(),
    ]
    await profile.expire()
    profile.server.hold(REFRESH, () => undefined)
    void asked(first)
    await settle()
    first.crash()
    slowedBy(profile, 28_000)
    const tokens = Promise.all(others.map(asked))
    await profile.clock.advance(39_000)
    expect(outcomesOf(profile)).toEqual(['rotated'])
    expect(new Set(await tokens).size).toBe(1)
  })

  test('a lock that is granted to every tab at once, as browsers have done, is none', async () => {
    const profile = ordinary()
    const tabs = [await profile.signedIn(), await profile.openTab()]
    profile.browser.faults.locks = 'null'
    slowedBy(profile, 100)
    await profile.expire()
    await profile.during(5_000, Promise.all(tabs.map(asked)))
    slowedBy(profile, 6_000)
    await profile.expire()
    const tokens = Promise.all(tabs.map(asked))
    await profile.clock.advance(7_000)
    expect(outcomesOf(profile)).toEqual(['rotated', 'rotated'])
    expect(new Set(await tokens).size).toBe(1)
  })

  test('a lock that a frozen tab was granted is done without after fifteen seconds', async () => {
    const profile = ordinary()
    const [first, second, third] = [
      await profile.signedIn(),
      await profile.openTab(),
      await profile.openTab(),
    ]
    await profile.expire()
    slowedBy(profile, 500)
    profile.browser.faults.channel = 'deaf'
    const token = asked(first)
    await settle()
    void asked(second)
    await settle()
    second.freeze()
    await profile.during(1_000, token)
    await profile.expire()
    const late = asked(third)
    await profile.clock.advance(16_000)
    expect(outcomesOf(profile)).toEqual(['rotated', 'rotated'])
    expect(await late).toBeTypeOf('string')
  })

  test('a session that waits for the claim of another tab, and is disposed of, holds nothing', async () => {
    const profile = ordinary()
    const [first, second] = [await profile.signedIn(), await profile.openTab()]
    await profile.expire()
    profile.server.hold(REFRESH, () => undefined)
    void asked(first)
    await settle()
    first.crash()
    void asked(second)
    await profile.clock.advance(1_000)
    second.session.dispose()
    await profile.clock.advance(120_000)
    expect(second.holding).toBe(0)
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
  })

  test('a refresh that takes 25 s is neither given up nor sent by another tab', async () => {
    const profile = ordinary()
    const tabs = [await profile.signedIn(), await profile.openTab()]
    await profile.expire()
    slowedBy(profile, 25_000)
    const tokens = await profile.during(30_000, Promise.all(tabs.map(asked)))
    expect(new Set(tokens).size).toBe(1)
    expect(outcomesOf(profile)).toEqual(['rotated'])
  })

  test.each(['cookie', 'body'] as const)(
    'a request that never settles after Back is given up in ten seconds, with the token in a %s',
    async (mode) => {
      const server = plainServer({ refreshTokensIn: mode, accessTtlMs: 600_000 })
      const profile = createProfile({ mode, server, maxWaitMs: MAX_WAIT_MS })
      const tab = await profile.signedIn()
      await profile.expire()
      profile.server.hold(REFRESH, () => undefined)
      const token = asked(tab)
      await settle()
      tab.cache()
      await profile.clock.advance(1_000)
      tab.thaw()
      slowedBy(profile, 100)
      await profile.clock.advance(12_000)
      expect(outcomesOf(profile)).toEqual(['rotated'])
      expect(await token).toBeTypeOf('string')
    },
  )

  test('a request that its page did not live to send is sent again, without a pause', async () => {
    const profile = ordinary()
    const tab = await profile.signedIn()
    await profile.expire()
    const { updates } = profile.browser.used
    const token = asked(tab)
    while (profile.browser.used.updates === updates) await settle()
    tab.freeze()
    await profile.clock.advance(5_000)
    tab.thaw()
    expect(await profile.during(2_000, token)).toBeTypeOf('string')
    expect(tab.eventsOf('refresh-failed')).toEqual([])
    expect(outcomesOf(profile)).toEqual(['rotated'])
  })
})

describe('what a server can do is learned from its answers', () => {
  const claims = async (profile: Profile, tab: VirtualTab): Promise<boolean> => {
    await profile.expire()
    let isClaimed = false
    profile.server.next(REFRESH, (_, handle) => {
      isClaimed = profile.record.attempt !== undefined
      return handle()
    })
    await profile.during(2_000, asked(tab))
    return isClaimed
  }

  test('one that numbers its tokens is asked without a claim', async () => {
    const profile = createProfile()
    expect(await claims(profile, await profile.signedIn())).toBe(false)
  })

  test('one that does not is asked under a claim', async () => {
    const profile = ordinary()
    expect(await claims(profile, await profile.signedIn())).toBe(true)
  })

  test('until the first answer of a session, a server is asked under a claim', async () => {
    const profile = createProfile()
    profile.server.signIn()
    const tab = await profile.openTab()
    await profile.during(100, asked(tab))
    expect(tab.session.state.status).toBe('logged-in')
    expect(await claims(profile, tab)).toBe(false)
  })

  test('an answer without a number unlearns it', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.expire()
    profile.server.next(REFRESH, (_, handle) => {
      handle()
      return Response.json({ access_token: 'new', expires_in: 600 })
    })
    await profile.during(1_000, asked(tab))
    expect(await claims(profile, tab)).toBe(true)
  })

  test('a `read` that leaves out the number does not lose it', async () => {
    const transport = cookieTransport('/auth', {
      read: (answer) => {
        const { accessToken, expiresInMs } = readTokenResponse(answer)
        return { accessToken, expiresInMs }
      },
    })
    const profile = createProfile({ transport })
    const tab = await profile.signedIn()
    expect(await claims(profile, tab)).toBe(true)
    expect(await claims(profile, tab)).toBe(false)
  })

  test.each([
    ['cookieTransport', () => cookieTransport('/auth', { rotates: false })],
    ['cookieTransport', () => cookieTransport('/auth', { idempotent: true })],
    ['jsonTransport', () => jsonTransport('/auth', { rotates: false, idempotencyHeader: false })],
  ])('%s can be told that no tab has to wait for another', async (_, transport) => {
    const mode = transport().storage.kind === 'record' ? 'body' : 'cookie'
    const server = plainServer({
      ...{ refreshTokensIn: mode, accessTtlMs: 600_000, graceMs: Infinity },
    })
    const profile = createProfile({ mode, transport: transport(), server })
    expect(await claims(profile, await profile.signedIn())).toBe(false)
  })

  test('`idempotent: false` says that a server with numbers knows no keys', async () => {
    const transport = cookieTransport('/auth', { idempotent: false })
    const profile = createProfile({ transport, server: strictServer({ accessTtlMs: 600_000 }) })
    expect(await claims(profile, await profile.signedIn())).toBe(true)
  })

  test.each([
    ['rotates', 'no'],
    ['idempotent', 1],
  ])('`%s: %s` is a TypeError that names the option', (option, value) => {
    for (const create of [cookieTransport, jsonTransport])
      expect(() => create('/auth', { [option]: value })).toThrow(
        new RegExp(`"${option}" option must be a boolean`),
      )
  })
})
