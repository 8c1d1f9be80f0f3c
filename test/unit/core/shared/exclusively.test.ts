import { describe, expect, test } from 'vitest'
import { cookieTransport, jsonTransport, type Transport } from '../../../../src/index.ts'
import { laterTurn } from '../../../../src/testing/turn.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { settle } from '../../../support/settle.ts'
import { gate } from '../../../support/fake-server.ts'
import { createProfile, plainStorage, type Profile } from '../../../support/profile.ts'

const REFRESH = '/auth/refresh'
const asked = (tab: VirtualTab): Promise<unknown> =>
  tab.session.getAccessToken().catch((error: unknown) => error)
const hang = (): Promise<Response> => gate<Response>().promise

describe('L0: the lock', () => {
  test('is held around the refresh only', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    expect([...profile.browser.heldLocks]).toEqual([])
    await profile.expire()
    const answer = gate<Response>()
    let handle = (): Response => new Response()
    profile.server.next(REFRESH, (_, now) => {
      handle = now
      return answer.promise
    })
    const token = asked(tab)
    await settle()
    expect([...profile.browser.heldLocks]).toEqual(['latchkey:https://app.test/auth'])
    // Whatever happens to the page, unless the user leaves it.
    tab.setVisible(false)
    tab.tell('online')
    await settle()
    expect([...profile.browser.heldLocks]).toEqual(['latchkey:https://app.test/auth'])
    answer.open(handle())
    await token
    await settle()
    expect([...profile.browser.heldLocks]).toEqual([])
  })

  test('is let go when the page is left in the middle, and the next tab goes on at once', async () => {
    const profile = createProfile()
    const first = await profile.signedIn()
    const second = await profile.openTab()
    await profile.expire()
    profile.server.next(REFRESH, hang)
    void asked(first)
    await settle()
    first.freeze()
    const token = asked(second)
    await settle()
    expect(await token).toBeTypeOf('string')
  })

  test('is asked for again every half second, and never stolen', async () => {
    const profile = createProfile()
    const first = await profile.signedIn()
    const second = await profile.openTab()
    profile.browser.faults.channel = 'deaf'
    await profile.expire()
    profile.server.next(REFRESH, hang)
    void asked(first)
    await settle()
    const { locks } = profile.browser.used
    void asked(second)
    for (const asks of [1, 2, 3, 4]) {
      await settle()
      expect(profile.browser.used.locks - locks).toBe(asks)
      expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
      await profile.clock.advance(500)
    }
  })

  test('that is never granted is done without after fifteen seconds', async () => {
    const profile = createProfile({ maxWaitMs: 20_000 })
    const tab = await profile.signedIn()
    profile.browser.faults.locks = 'never'
    await profile.expire()
    const token = asked(tab)
    await profile.clock.advance(14_900)
    expect(profile.server.sentTo(REFRESH)).toEqual([])
    await profile.clock.advance(200)
    expect(await token).toBeTypeOf('string')
    expect(tab.reported).toEqual([])
  })

  test('that is never granted lets a request go after its own patience, and the next one succeed', async () => {
    const profile = createProfile({ maxWaitMs: 3_000 })
    const tab = await profile.signedIn()
    profile.browser.faults.locks = 'never'
    await profile.expire()
    const token = asked(tab)
    await profile.clock.advance(3_000)
    expect(await token).toMatchObject({ code: 'refresh_unavailable' })
    await profile.clock.advance(12_500)
    expect(await asked(tab)).toBeTypeOf('string')
  })

  test('that is refused is done without at once', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    profile.browser.faults.locks = 'rejects'
    await profile.expire()
    expect(await asked(tab)).toBeTypeOf('string')
    expect(tab.reported).toEqual([])
  })

  test('that is granted to every tab at once, as browsers have done, costs requests and no session', async () => {
    const profile = createProfile()
    const tabs = [await profile.signedIn(), await profile.openTab(), await profile.openTab()]
    profile.browser.faults.locks = 'null'
    await profile.expire()
    const tokens = await profile.during(5_000, Promise.all(tabs.map(asked)))
    for (const token of tokens) expect(token).toBeTypeOf('string')
    expect(profile.server.refreshes.filter(({ outcome }) => outcome === 'rotated')).toHaveLength(1)
    for (const { session } of tabs) expect(session.state.status).toBe('logged-in')
  })

  test('held by a frozen tab that does not know of it delays other tabs for fifteen seconds at most', async () => {
    const profile = createProfile({ maxWaitMs: 20_000 })
    const [first, second, third] = [
      await profile.signedIn(),
      await profile.openTab(),
      await profile.openTab(),
    ]
    profile.browser.faults.channel = 'deaf'
    await profile.expire()
    profile.server.next(REFRESH, hang)
    void asked(first)
    await settle()
    void asked(second)
    await settle()
    second.freeze()
    first.crash()
    const token = asked(third)
    await profile.clock.advance(16_000)
    expect(await token).toBeTypeOf('string')
    second.thaw()
    await profile.clock.advance(2_000)
    expect(profile.server.isAlive('s1')).toBe(true)
    expect(await asked(second)).toBeTypeOf('string')
  })
})

describe('L0: without locks', () => {
  test('a lease in the record takes their place, and one event says so', async () => {
    const profile = createProfile()
    profile.browser.faults.locks = 'missing'
    const tabs = [await profile.signedIn(), await profile.openTab(), await profile.openTab()]
    for (const { eventsOf } of tabs)
      expect(eventsOf('degraded')).toEqual([{ missing: 'locks', to: 'lease' }])
    await profile.expire()
    const answers = tabs.map(({ session }) => session.authFetch('/api/me'))
    const done = await profile.during(3_000, Promise.all(answers))
    expect(done.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(profile.server.refreshes).toHaveLength(1)
  })

  test('the lease of a tab that died runs out', async () => {
    const profile = createProfile({ maxWaitMs: 20_000 })
    profile.browser.faults.locks = 'missing'
    const first = await profile.signedIn()
    const second = await profile.openTab()
    profile.browser.faults.channel = 'deaf'
    await profile.expire()
    profile.server.next(REFRESH, hang)
    void asked(first)
    await settle()
    first.crash()
    const token = asked(second)
    await profile.clock.advance(9_000)
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
    await profile.clock.advance(7_000)
    expect(await token).toBeTypeOf('string')
    const [one, other] = profile.server.sentTo(REFRESH)
    expect(other?.headers.get('idempotency-key')).toBe(one?.headers.get('idempotency-key'))
  })
})

describe('O1: a server that knows no key', () => {
  const options = {
    mode: 'body',
    transport: jsonTransport('/auth', { idempotencyHeader: false }),
    storage: plainStorage,
  } as const

  test('the attempt is written before anything is sent', async () => {
    const profile = createProfile(options)
    const tab = await profile.signedIn()
    await profile.expire()
    let written: unknown
    profile.server.next(REFRESH, (sent, handle) => {
      expect(sent.headers.has('idempotency-key')).toBe(false)
      written = profile.record.attempt
      return handle()
    })
    const startedAt = profile.clock.now()
    expect(await asked(tab)).toBeTypeOf('string')
    expect(written).toMatchObject({ startedAt })
    expect(profile.record.attempt).toBeUndefined()
  })

  test('no other tab sends within fifteen seconds of it, even without a lock; then one takes over', async () => {
    const profile = createProfile({ ...options, maxWaitMs: 30_000 })
    const first = await profile.signedIn()
    const second = await profile.openTab()
    profile.browser.faults.locks = 'rejects'
    profile.browser.faults.channel = 'deaf'
    await profile.expire()
    // The answer is lost with its page: the one loss that does no harm.
    profile.server.next(REFRESH, hang)
    void asked(first)
    await settle()
    first.crash()
    const token = asked(second)
    await profile.clock.advance(14_900)
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
    await profile.clock.advance(200)
    expect(await token).toBeTypeOf('string')
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(['rotated'])
  })

  test('tabs that all need a token send one request', async () => {
    const profile = createProfile(options)
    const tabs = [await profile.signedIn(), await profile.openTab(), await profile.openTab()]
    profile.browser.faults.locks = 'rejects'
    await profile.expire()
    const answers = tabs.map(({ session }) => session.authFetch('/api/me'))
    const done = await profile.during(3_000, Promise.all(answers))
    expect(done.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(['rotated'])
  })

  /** Freezes the tab as soon as it writes, which is its claim. */
  async function freezeInClaim(profile: Profile, tab: VirtualTab): Promise<void> {
    const { updates } = profile.browser.used
    while (profile.browser.used.updates === updates) await laterTurn()
    tab.freeze()
    await settle()
  }

  test('a tab that stood still while it claimed is not held up by its own claim', async () => {
    const profile = createProfile(options)
    const tab = await profile.signedIn()
    await profile.expire()
    const token = asked(tab)
    await freezeInClaim(profile, tab)
    await profile.clock.advance(1_000)
    tab.thaw()
    expect(await profile.during(1_000, token)).toBeTypeOf('string')
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(['rotated'])
  })

  test('a tab that stood still for long while it claimed does not send beside the one that takes over', async () => {
    const profile = createProfile({ ...options, maxWaitMs: 60_000 })
    const [first, second] = [await profile.signedIn(), await profile.openTab()]
    profile.browser.faults.locks = 'rejects'
    profile.browser.faults.channel = 'deaf'
    await profile.expire()
    const late = asked(first)
    await freezeInClaim(profile, first)
    await profile.clock.advance(30_000)
    profile.server.hold(REFRESH, ({ pass }) => void profile.clock.schedule(pass, 50))
    first.thaw()
    const tokens = await profile.during(2_000, Promise.all([late, asked(second)]))
    expect(new Set(tokens).size).toBe(1)
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(['rotated'])
  })

  test('a tab that stood still while its transport prepared the request does not send the token that another has spent', async () => {
    const json = options.transport
    let prepared: Promise<void> = Promise.resolve()
    const transport: Transport = {
      ...json,
      // As with discovery and with a proof of possession.
      refresh: async (context) => {
        await prepared
        return await json.refresh(context)
      },
    }
    const profile = createProfile({ ...options, transport, maxWaitMs: 60_000 })
    const [first, second] = [await profile.signedIn(), await profile.openTab()]
    await profile.expire()
    let goOn = (): void => undefined
    prepared = new Promise((resolve) => (goOn = resolve))
    const late = asked(first)
    await settle()
    expect(profile.record.attempt).toBeDefined()
    first.freeze()
    prepared = Promise.resolve()
    expect(await profile.during(15_000, asked(second))).toBeTypeOf('string')
    // On waking, an answer may arrive before any timer runs.
    first.thaw()
    goOn()
    expect(await profile.during(10_000, late)).toBe(await second.session.getAccessToken())
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(['rotated'])
  })

  test('a failed attempt is no claim: it may be tried again after its back-off', async () => {
    const profile = createProfile(options)
    const tab = await profile.signedIn()
    await profile.expire()
    profile.server.next(REFRESH, () => Response.json({}, { status: 500 }))
    expect(await profile.during(1_000, asked(tab))).toBeTypeOf('string')
  })

  /** Fails like a request whose connection broke, or whose page is being left: after it has arrived, or before. */
  const breaksOff =
    (hasArrived: boolean) =>
    (_: unknown, handle: () => Response): Response => {
      if (hasArrived) handle()
      throw new TypeError('Failed to fetch')
    }

  test.each([true, false])(
    'a token whose answer is lost is not shown again at once: it may be spent (%s)',
    async (isSpent) => {
      const profile = createProfile(options)
      const tab = await profile.signedIn()
      await profile.expire()
      profile.server.next(REFRESH, breaksOff(isSpent))
      const token = asked(tab)
      await settle()
      expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
      expect(tab.eventsOf('refresh-failed')).toHaveLength(1)
      // A page that is left meanwhile never receives it.
      tab.close()
      await profile.clock.advance(60_000)
      expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
      void token
    },
  )

  test('a request that never arrived costs a back-off, and nothing else', async () => {
    const profile = createProfile(options)
    const tab = await profile.signedIn()
    await profile.expire()
    profile.server.next(REFRESH, breaksOff(false))
    expect(await profile.during(1_000, asked(tab))).toBeTypeOf('string')
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(['rotated'])
  })

  test('a request whose answer only this page could use does not outlive the page; a logout does', async () => {
    const profile = createProfile(options)
    const tab = await profile.signedIn()
    await profile.expire()
    await asked(tab)
    await tab.session.logout()
    await settle()
    const [refresh] = profile.server.sentTo(REFRESH)
    const [logout] = profile.server.sentTo('/auth/logout')
    expect([refresh?.keepalive, logout?.keepalive]).toEqual([false, true])
  })

  test('with cookies it does: the browser keeps the one that the answer sets', async () => {
    const transport = { ...cookieTransport('/auth'), idempotent: false }
    const profile = createProfile({ transport })
    const tab = await profile.signedIn()
    await profile.expire()
    profile.server.next(REFRESH, breaksOff(false))
    const token = asked(tab)
    await settle()
    expect(profile.server.sentTo(REFRESH).map(({ keepalive }) => keepalive)).toEqual([true])
    expect(await profile.during(1_000, token)).toBeTypeOf('string')
  })
})
