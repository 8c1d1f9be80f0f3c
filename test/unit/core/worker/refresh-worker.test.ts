import { describe, expect, test } from 'vitest'
import {
  cookieTransport,
  jsonTransport,
  SessionError,
  type SessionOptions,
} from '../../../../src/index.ts'
import { plainServer, strictServer, type VirtualWorker } from '../../../../src/testing/index.ts'
import { laterTurn } from '../../../../src/testing/turn.ts'
import type { Leg } from '../../../../src/testing/virtual-network.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'

const REFRESH = '/auth/refresh'
const asked = (tab: VirtualTab): Promise<unknown> =>
  tab.session.getAccessToken().catch((error: unknown) => error)

type Mode = 'cookie' | 'body'

interface WithWorker extends Profile {
  readonly worker: VirtualWorker
}

/** A browser whose tabs have a worker, at a server that rotates, detects reuse, and knows neither keys nor numbers. */
function withWorker(mode: Mode, options: Partial<SessionOptions> = {}): WithWorker {
  const server = plainServer({ refreshTokensIn: mode, accessTtlMs: 600_000 })
  const profile = createProfile({ mode, server, maxWaitMs: 60_000, ...options })
  const worker = profile.browser.openWorker()
  const openTab = (more: Partial<SessionOptions> = {}) =>
    profile.openTab({ worker: worker.worker, ...more })
  return {
    ...profile,
    get record() {
      return profile.record
    },
    worker,
    openTab,
    async signedIn(limits) {
      const tab = await openTab()
      await tab.session.login(profile.browser.signIn('alice', limits))
      await profile.browser.settle()
      profile.server.forget()
      return tab
    },
  }
}

/** From now on each answer to a refresh takes so long. */
function slowedBy({ server, clock }: Profile, ms: number): void {
  server.hold(REFRESH, (leg: Leg) => {
    if (leg.way === 'up') leg.pass()
    else void clock.schedule(() => leg.pass(), ms)
  })
}

const outcomesOf = ({ server }: Profile) => server.refreshes.map(({ outcome }) => outcome)
const lossesOf = (tab: VirtualTab) =>
  tab.eventsOf('degraded').filter(({ missing }) => missing === 'worker')

const LEAVINGS: readonly [string, (tab: VirtualTab) => void][] = [
  ['crashes', (tab) => tab.crash()],
  ['is closed', (tab) => tab.close()],
  ['is frozen', (tab) => tab.freeze()],
  ['goes into the back/forward cache', (tab) => tab.cache()],
]

describe.each(['cookie', 'body'] as const)('a worker, with the refresh token in a %s', (mode) => {
  test('makes the refresh of all tabs, once', async () => {
    const profile = withWorker(mode)
    const tabs = [await profile.signedIn(), await profile.openTab()]
    await profile.expire()
    const tokens = await profile.during(2_000, Promise.all(tabs.map(asked)))
    expect(new Set(tokens).size).toBe(1)
    expect(tokens[0]).toBeTypeOf('string')
    expect(outcomesOf(profile)).toEqual(['rotated'])
    expect(tabs.map(({ eventsOf }) => eventsOf('refreshed').at(-1)?.by)).toEqual([
      'other-tab',
      'other-tab',
    ])
    expect(tabs.flatMap(lossesOf)).toEqual([])
  })

  test.each(LEAVINGS)(
    'brings the answer of a tab that %s to another tab, without a wait and a second request',
    async (_, leave) => {
      const profile = withWorker(mode)
      const [first, second] = [await profile.signedIn(), await profile.openTab()]
      await profile.expire()
      slowedBy(profile, 5_000)
      void asked(first)
      await settle()
      leave(first)
      const token = asked(second)
      expect(await profile.during(5_500, token)).toBeTypeOf('string')
      expect(outcomesOf(profile)).toEqual(['rotated'])
      expect(second.session.state.status).toBe('logged-in')
    },
  )

  test('brings the answer of the only tab to the page that it has reloaded, however often', async () => {
    const profile = withWorker(mode)
    let tab = await profile.signedIn()
    await profile.expire()
    slowedBy(profile, 3_000)
    for (let reload = 0; reload < 3; reload++) {
      void asked(tab)
      await profile.clock.advance(200)
      tab.close()
      tab = await profile.openTab()
    }
    expect(await profile.during(5_000, asked(tab))).toBeTypeOf('string')
    expect(outcomesOf(profile)).toEqual(['rotated'])
  })

  test('leaves no older session to a tab whose IndexedDB is wiped', async () => {
    const profile = withWorker(mode)
    const tab = await profile.signedIn()
    await profile.expire()
    await profile.during(2_000, asked(tab))
    const { stored } = profile.browser
    const generationOf = (record: unknown) => (record as { readonly generation: number }).generation
    // A worker has no localStorage: the tab that sees what it has written mirrors it.
    expect(generationOf(JSON.parse(stored.mirror ?? 'null'))).toBe(generationOf(stored.record))
  })

  test('changes nothing by an answer that comes after a logout', async () => {
    const profile = withWorker(mode)
    const tab = await profile.signedIn()
    await profile.expire()
    slowedBy(profile, 3_000)
    void asked(tab)
    await settle()
    await profile.during(10, tab.session.logout())
    await profile.clock.advance(10_000)
    expect(tab.session.state.status).toBe('logged-out')
    expect(profile.record).toMatchObject({ status: 'logged-out' })
    expect(profile.record.sealed).toBeUndefined()
  })

  test('changes nothing by an answer that comes after another user has signed in', async () => {
    const profile = withWorker(mode)
    const tab = await profile.signedIn()
    await profile.expire()
    slowedBy(profile, 3_000)
    void asked(tab)
    await settle()
    await profile.during(10, tab.session.login(profile.browser.signIn('bob')))
    await profile.clock.advance(10_000)
    const { sid } = profile.record
    await profile.expire()
    slowedBy(profile, 10)
    if (mode === 'cookie') return
    expect(await profile.during(20_000, asked(tab))).toBeTypeOf('string')
    expect(profile.record.sid).toBe(sid)
  })

  test('ends the session in all tabs if the server refuses, for its reason', async () => {
    const profile = withWorker(mode)
    const tabs = [await profile.signedIn(), await profile.openTab()]
    await profile.expire()
    profile.server.next(REFRESH, () => Response.json({ error: 'session_revoked' }, { status: 401 }))
    await profile.during(5_000, Promise.all(tabs.map(asked)))
    expect(tabs.map(({ session }) => session.state.end?.reason)).toEqual(['revoked', 'revoked'])
  })

  test('tells the tab that asked of a failure, and another attempt follows', async () => {
    const profile = withWorker(mode)
    const tab = await profile.signedIn()
    await profile.expire()
    profile.server.next(REFRESH, () => new Response(null, { status: 503 }))
    expect(await profile.during(5_000, asked(tab))).toBeTypeOf('string')
    expect(tab.eventsOf('refresh-failed')).toMatchObject([{ status: 503 }])
    expect(outcomesOf(profile)).toEqual(['rotated'])
  })

  test('is asked again after it was killed, and a tab goes on where it was', async () => {
    const profile = withWorker(mode)
    const tab = await profile.signedIn()
    await profile.expire()
    profile.worker.kill()
    expect(await profile.during(10_000, asked(tab))).toBeTypeOf('string')
    expect(outcomesOf(profile)).toEqual(['rotated'])
    expect(profile.worker.starts).toBe(2)
    expect(lossesOf(tab)).toEqual([])
  })

  test.each(['silent', 'missing', 'other-release'] as const)(
    'that is %s costs a tab a few seconds, once, and no session',
    async (state) => {
      const profile = withWorker(mode)
      profile.worker.state = state
      const tab = await profile.signedIn()
      await profile.expire()
      expect(await profile.during(5_000, asked(tab))).toBeTypeOf('string')
      await profile.expire()
      expect(await profile.during(10, asked(tab))).toBeTypeOf('string')
      expect(outcomesOf(profile)).toEqual(['rotated', 'rotated'])
      const because = state === 'other-release' ? state : 'no-answer'
      expect(lossesOf(tab)).toEqual([{ missing: 'worker', to: 'tab', because }])
    },
  )

  test('that was silent is used again once it is heard', async () => {
    const profile = withWorker(mode)
    profile.worker.state = 'silent'
    const tab = await profile.signedIn()
    for (const [state, by] of [
      ['silent', 'this-tab'],
      ['ok', 'this-tab'],
      ['ok', 'other-tab'],
    ] as const) {
      profile.worker.state = state
      await profile.expire()
      await profile.during(5_000, asked(tab))
      expect(tab.eventsOf('refreshed').at(-1)?.by).toBe(by)
    }
  })

  test('whose IndexedDB is silent leaves the refresh to the tab', async () => {
    const profile = withWorker(mode)
    const tab = await profile.signedIn()
    profile.worker.faults.record = 'hangs'
    await profile.expire()
    expect(await profile.during(5_000, asked(tab))).toBeTypeOf('string')
    expect(tab.eventsOf('refreshed').at(-1)?.by).toBe('this-tab')
    expect(outcomesOf(profile)).toEqual(['rotated'])
  })

  test.each(['missing', 'null', 'never', 'rejects'] as const)(
    'whose locks are %s sends no token twice',
    async (locks) => {
      const profile = withWorker(mode)
      profile.browser.faults.locks = locks
      const tabs = [await profile.signedIn(), await profile.openTab()]
      slowedBy(profile, 2_000)
      await profile.expire()
      const tokens = await profile.during(60_000, Promise.all(tabs.map(asked)))
      expect(new Set(tokens).size).toBe(1)
      expect(outcomesOf(profile)).toEqual(['rotated'])
    },
  )

  test('serves tabs without it as well: they wait for its answer as for that of any tab', async () => {
    const profile = withWorker(mode)
    const [first, second] = [await profile.signedIn(), await profile.openTab({ worker: undefined })]
    await profile.expire()
    slowedBy(profile, 1_000)
    void asked(first)
    await settle()
    first.close()
    expect(await profile.during(2_500, asked(second))).toBeTypeOf('string')
    expect(outcomesOf(profile)).toEqual(['rotated'])
  })

  test('leaves nothing behind in a tab whose session is disposed of in the middle', async () => {
    const profile = withWorker(mode)
    const tab = await profile.signedIn()
    await profile.expire()
    slowedBy(profile, 3_000)
    void asked(tab)
    await settle()
    tab.session.dispose()
    await profile.clock.advance(60_000)
    expect(tab.holding).toBe(0)
  })

  test('that is killed at any point of a refresh costs no session but one whose answer it had not kept', async () => {
    let points = 0
    const lost: number[] = []
    for (let wasOver = false; !wasOver; points++) {
      const profile = withWorker(mode)
      const tab = await profile.signedIn()
      await profile.expire()
      const ways: Leg['way'][] = []
      profile.server.hold(REFRESH, (leg) => {
        ways.push(leg.way)
        leg.pass()
      })
      const { generation } = profile.record
      const token = asked(tab)
      const settled: unknown[] = []
      void token.then(() => settled.push('token'))
      for (let turn = 0; turn < points; turn++) await laterTurn()
      const isKept = profile.record.generation > generation
      const isAnswered = ways.includes('down')
      wasOver = settled.length > 0
      profile.worker.kill()
      await profile.during(60_000, token)
      // What a body brings dies with the worker that was to keep it.
      const mayBeLost = mode === 'body' && isAnswered && !isKept
      if (tab.session.state.status !== 'logged-in' && mayBeLost) lost.push(points)
      else expect(tab.session.state.status, `killed at point ${points}`).toBe('logged-in')
    }
    expect(points).toBeGreaterThan(8)
    expect(lost.length).toBeLessThan(points / 2)
  })
})

describe('a worker', () => {
  test('with another transport than the page sends nothing, and the tab refreshes by itself', async () => {
    for (const transport of [cookieTransport('/other'), jsonTransport('/auth')]) {
      const profile = createProfile({ maxWaitMs: 60_000 })
      const { worker } = profile.browser.openWorker({ transport })
      const tab = await profile.openTab({ worker })
      await tab.session.login(profile.browser.signIn())
      await profile.expire()
      expect(await profile.during(2_000, asked(tab))).toBeTypeOf('string')
      expect(lossesOf(tab)).toEqual([{ missing: 'worker', to: 'tab', because: 'other-session' }])
    }
  })

  test.each([
    ['the page', new ReferenceError('document is not defined')],
    // WebKit gives a SharedWorker no CryptoKey that a page has stored.
    ['the key of the page', new SessionError('key_unavailable', 'A key cannot be stored')],
  ])(
    'whose transport needs %s sends nothing and says why, and the tab refreshes by itself',
    async (_, cause) => {
      const inWorker = cookieTransport('/auth', {
        headers() {
          throw cause
        },
      })
      const profile = createProfile({
        transport: cookieTransport('/auth', { headers: () => ({ 'x-csrf': '1' }) }),
        server: plainServer({ accessTtlMs: 600_000 }),
        maxWaitMs: 60_000,
      })
      const worker = profile.browser.openWorker({ transport: inWorker })
      const tab = await profile.openTab({ worker: worker.worker })
      await tab.session.login(profile.browser.signIn())
      profile.server.forget()
      await profile.expire()
      expect(await profile.during(2_000, asked(tab))).toBeTypeOf('string')
      expect(outcomesOf(profile)).toEqual(['rotated'])
      expect(lossesOf(tab)).toEqual([{ missing: 'worker', to: 'tab', because: 'needs-page' }])
      expect(tab.eventsOf('refresh-failed')).toEqual([])
      expect(worker.reported).toMatchObject([{ name: 'SessionError', code: 'no_page', cause }])
    },
  )

  test('does nothing unless it is asked', async () => {
    const profile = createProfile({ server: strictServer({ accessTtlMs: 600_000 }) })
    const { worker } = profile.browser.openWorker()
    const tab = await profile.openTab({ worker })
    await tab.session.login(profile.browser.signIn())
    profile.server.forget()
    tab.close()
    await profile.clock.advance(3_600_000)
    expect(profile.server.sent).toEqual([])
  })

  test('is not asked for a session that the server is yet to confirm', async () => {
    const profile = createProfile({ server: strictServer({ accessTtlMs: 600_000 }) })
    profile.browser.signIn()
    const { worker } = profile.browser.openWorker()
    const tab = await profile.openTab({ worker })
    await profile.during(100, tab.session.ready)
    expect(tab.eventsOf('started')).toMatchObject([{ initiator: 'restored' }])
  })
})
