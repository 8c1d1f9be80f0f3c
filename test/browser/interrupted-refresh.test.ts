import { describe, expect, test } from 'vitest'
import { useBackend, type Backend } from './support/backend.ts'
import { useBrowser } from './engines/browser.ts'
import { needs, type Feature } from './engines/engines.ts'
import type { Tab } from './engines/tab.ts'
import type { Mode, Outcome } from './support/fixture-page.ts'
import { REPEATS } from './support/repeats.ts'
import {
  burst,
  expectUndisturbed,
  expire,
  degradations,
  onEach,
  openSession,
  skip,
} from './support/session-tabs.ts'
import { until } from '../support/patience.ts'

declare global {
  interface Window {
    /** The outcomes of the requests that were in flight when the page was interrupted. */
    interrupted: Promise<Outcome[]>
  }
}

const REFRESH = '/auth/refresh'
const REFRESHING = 'refreshing'
const WAITING = 'waiting'
const HELD = ['answers', 'requests'] as const

const newContext = useBrowser()
const start = useBackend()

/** Something that a browser or its user does to a tab during a refresh. */
interface Interruption {
  /** What the tab does, as the title of a test says it. */
  readonly name: string
  /** What the engine must be able to do. */
  readonly feature?: Feature
  interrupt(tab: Tab, backend: Backend): Promise<void>
  /** Brings the tab back. Missing if that is impossible. */
  restore?(tab: Tab): Promise<void>
}

/** After these the page continues where it stopped, and gets the answer that has arrived meanwhile. */
const PAUSES: readonly (Interruption & Required<Pick<Interruption, 'restore'>>)[] = [
  {
    name: 'is frozen',
    feature: 'freezing a page',
    interrupt: (tab) => tab.freeze(),
    restore: (tab) => tab.thaw(),
  },
  {
    name: 'goes into the back/forward cache',
    feature: 'caching a page with a request in flight',
    interrupt: (tab, { elsewhere }) => tab.leaveFor(elsewhere),
    restore: (tab) => tab.goBack(),
  },
]

const INTERRUPTIONS: readonly Interruption[] = [
  ...PAUSES,
  { name: 'is closed', interrupt: (tab) => tab.close() },
  {
    name: 'crashes',
    feature: 'losing the process of a tab',
    interrupt: (tab) => tab.crash(),
  },
  {
    name: 'is reloaded',
    async interrupt({ page }) {
      await page.reload()
    },
    restore: () => Promise.resolve(),
  },
  {
    name: 'is left without being cached',
    feature: 'leaving a page uncached',
    async interrupt({ page }, { elsewhere }) {
      // Chromium and Firefox cache no page that has a listener for `unload`.
      await page.evaluate(() => addEventListener('unload', () => undefined))
      await page.goto(elsewhere)
    },
    async restore({ page }) {
      await page.back()
      expect(await page.evaluate(() => window.pageEvents)).not.toContain('pageshow from cache')
    },
  },
]

const CASES = INTERRUPTIONS.flatMap((each) => HELD.map((held) => ({ ...each, held })))

describe.each(['cookie', 'body'] as const)('in %s mode', { repeats: REPEATS - 1 }, (mode) => {
  // With `answers` held, the server rotates the token before the interruption; with `requests` held, after everything else.
  test.for(CASES)(
    'a tab that waits for the refresh of another tab gets a token when that one $name while its $held are slow',
    async ({ held, interrupt, restore, feature }, context) => {
      needs(context, feature)
      const { backend, refreshing, waiting } = await openTwo(mode)
      const before = backend.refreshes()
      const asked = refreshesOf(WAITING, backend)
      // Holds the first request alone, which is that of the refreshing tab. Later ones are answered at once.
      const gate = backend.hold(held, REFRESH, 1)
      await expire(backend, [refreshing])
      void burst(refreshing, 1).catch(() => undefined)
      await gate.reached(1)
      const slow = backend.requests.at(-1)
      expect(slow).toMatchObject({ path: REFRESH, tab: REFRESHING })
      expect(backend.refreshes().rotations - before.rotations).toBe(held === 'answers' ? 1 : 0)
      await expire(backend, [waiting])
      const waited = burst(waiting, 1)
      await queued(waiting)

      await interrupt(refreshing, backend)
      expect(await waited).toEqual<Outcome[]>([{ status: 200 }])
      expect(gate.waiting).toBe(1)
      // A tab whose database does not answer in time may need another one (G2).
      const isSlow = (await degradations(waiting)).length > 0
      if (!isSlow) expect(refreshesOf(WAITING, backend)).toBe(asked + 1)

      // The slow request now comes to a server, or the slow answer to a browser, that has a newer token.
      gate.open()
      await until('the slow answer was sent', () => backend.underWay(REFRESH) === 0)
      expect([200, 409]).toContain(slow?.status)
      await restore?.(refreshing)
      const tabs = restore === undefined ? [waiting] : [waiting, refreshing]
      for (const tab of tabs) {
        await expire(backend, tabs)
        expect(await burst(tab, 1)).toEqual([{ status: 200 }])
      }
      await expectUndisturbed(tabs)
      expectNothingEnded(backend)
    },
  )

  test.for(PAUSES)(
    'a tab that $name and comes back with an outdated answer adopts the newer token of another tab',
    async ({ interrupt, restore, feature }, context) => {
      needs(context, feature)
      const { backend, refreshing, waiting } = await openTwo(mode)
      const gate = backend.hold('answers', REFRESH, 1)
      await expire(backend, [refreshing])
      await refreshing.page.evaluate(() => {
        window.interrupted = window.fixture.burst(1)
      })
      await gate.reached(1)
      await interrupt(refreshing, backend)
      for (const answer of ['the same', 'a newer one']) {
        await expire(backend, [waiting])
        expect([answer, await burst(waiting, 1)]).toEqual([answer, [{ status: 200 }]])
      }
      gate.open()
      await until('the old answer was sent', () => backend.underWay(REFRESH) === 0)

      // The tabs of a computer share its clock, which has moved on twice.
      await skip([refreshing], 3_600_000)
      const before = backend.refreshes()
      await restore(refreshing)
      expect(await refreshing.page.evaluate(() => window.interrupted)).toEqual([{ status: 200 }])
      expect(await burst(refreshing, 1)).toEqual([{ status: 200 }])
      expect(backend.refreshes()).toEqual(before)

      const tabs = [waiting, refreshing]
      await expire(backend, tabs)
      expect(await burst(refreshing, 1)).toEqual([{ status: 200 }])
      expect(backend.refreshes()).toEqual({
        ...before,
        requests: before.requests + 1,
        rotations: before.rotations + 1,
      })
      await expectUndisturbed(tabs)
      expectNothingEnded(backend)
    },
  )

  test('a refresh that the server reads after two newer rotations is superseded, and the session continues', async (context) => {
    needs(context, 'losing the process of a tab')
    const { backend, refreshing, waiting } = await openTwo(mode)
    const before = backend.refreshes()
    const gate = backend.hold('requests', REFRESH, 1)
    await expire(backend, [refreshing])
    void burst(refreshing, 1).catch(() => undefined)
    await gate.reached(1)
    await refreshing.crash()
    for (let rotations = 1; rotations <= 2; rotations++) {
      await expire(backend, [waiting])
      expect(await burst(waiting, 1)).toEqual([{ status: 200 }])
      expect(backend.refreshes().rotations).toBe(before.rotations + rotations)
    }
    gate.open()
    await until('the slow answer was sent', () => backend.underWay(REFRESH) === 0)
    expect(backend.refreshes().superseded).toBe(before.superseded + 1)

    await expire(backend, [waiting])
    expect(await burst(waiting, 1)).toEqual([{ status: 200 }])
    await expectUndisturbed([waiting])
    expectNothingEnded(backend)
  })

  test('a refresh whose answer is lost on the network is sent again and gets the same tokens', async () => {
    const backend = await start()
    const browser = await newContext()
    const tabs = await openSession(backend, browser, { tab: 'one', mode }, { tab: 'two', mode })
    const { rotations, repeats } = backend.refreshes()
    const gate = backend.hold('answers', REFRESH, 1)
    await expire(backend, tabs)
    const bursts = onEach(tabs, (tab) => burst(tab, 1))
    await gate.reached(1)
    gate.drop()

    expect(await bursts).toEqual([[{ status: 200 }], [{ status: 200 }]])
    expect(backend.refreshes()).toMatchObject({
      rotations: rotations + 1,
      repeats: repeats + 1,
      reuses: 0,
    })
    await expectUndisturbed(tabs)
  })
})

async function openTwo(
  mode: Mode,
): Promise<{ readonly backend: Backend; readonly refreshing: Tab; readonly waiting: Tab }> {
  const backend = await start()
  const browser = await newContext()
  const [refreshing, waiting] = await openSession(
    backend,
    browser,
    { tab: REFRESHING, mode },
    { tab: WAITING, mode },
  )
  return { backend, refreshing, waiting }
}

/** How many refreshes a tab has sent. */
function refreshesOf(name: string, { requests }: Backend): number {
  return requests.filter(({ path, tab }) => path === REFRESH && tab === name).length
}

/** Expects that no tab has sent a logout, and that the server has not ended the session for a reused token. */
function expectNothingEnded(backend: Backend): void {
  expect(backend.requests.map(({ path }) => path)).not.toContain('/auth/logout')
  expect(backend.refreshes().reuses).toBe(0)
}

/** Waits until the tab is queued for the lock that another tab holds. */
function queued({ page }: Tab): Promise<void> {
  return until('the tab is queued for the lock', () =>
    page.evaluate(async () => {
      const { held = [], pending = [] } = await navigator.locks.query()
      return held.length === 1 && pending.length === 1
    }),
  )
}
