import { describe, expect, test } from 'vitest'
import { useBackend, type Backend } from './support/backend.ts'
import { launchChromium, type Tab } from './support/chromium.ts'
import type { Outcome } from './support/fixture-page.ts'
import { burst, expectUndisturbed, expire, onEach, openSession } from './support/session-tabs.ts'
import { until } from './support/until.ts'

const REFRESH = '/auth/refresh'

const start = useBackend()

interface Fate {
  readonly name: string
  befalls(tab: Tab, backend: Backend): Promise<void>
  /** Brings the tab back, where that is possible. */
  undo?(tab: Tab): Promise<void>
}

const FATES: readonly Fate[] = [
  { name: 'is closed', befalls: (tab) => tab.close() },
  { name: 'crashes', befalls: (tab) => tab.crash() },
  {
    name: 'is reloaded',
    async befalls({ page }) {
      await page.reload()
    },
    undo: () => Promise.resolve(),
  },
  { name: 'is frozen', befalls: (tab) => tab.freeze(), undo: (tab) => tab.thaw() },
  {
    name: 'goes into the back/forward cache',
    befalls: (tab, { elsewhere }) => tab.leaveFor(elsewhere),
    undo: (tab) => tab.goBack(),
  },
]

describe.each(['cookie', 'body'] as const)('in %s mode', (mode) => {
  test.for(FATES)(
    'a tab that waits for the refresh of another, which $name, gets its token by itself',
    async ({ befalls, undo }) => {
      const backend = await start()
      const chromium = await launchChromium()
      const [refreshing, waiting] = await openSession(
        backend,
        chromium,
        { tab: 'refreshing', mode },
        { tab: 'waiting', mode },
      )
      const before = backend.refreshes()
      // The refreshing tab's answer only: whoever asks after it is answered at once.
      const gate = backend.hold('answers', REFRESH, 1)
      await expire(backend, [refreshing])
      void burst(refreshing, 1).catch(() => undefined)
      await gate.reached(1)
      expect(backend.requests.at(-1)).toMatchObject({ path: REFRESH, tab: 'refreshing' })
      await expire(backend, [waiting])
      const waited = burst(waiting, 1)
      await queued(waiting)

      await befalls(refreshing, backend)
      expect(await waited).toEqual<Outcome[]>([{ status: 200 }])
      expect(gate.waiting).toBe(1)

      // The late answer comes to a browser that is further on by now.
      gate.open()
      await until('the late answer was sent', () => backend.underWay(REFRESH) === 0)
      await undo?.(refreshing)
      const tabs = undo === undefined ? [waiting] : [waiting, refreshing]
      for (const tab of tabs) {
        await expire(backend, tabs)
        expect(await burst(tab, 1)).toEqual([{ status: 200 }])
      }
      await expectUndisturbed(tabs)
      expect(backend.refreshes()).toMatchObject({ reuses: 0, refused: before.refused })
    },
  )

  test('a refresh whose answer is lost on its way is sent again, and gets the same tokens', async () => {
    const backend = await start()
    const chromium = await launchChromium()
    const tabs = await openSession(backend, chromium, { tab: 'one', mode }, { tab: 'two', mode })
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

/** Waits until the tab is queued for the lock that another holds. */
function queued({ page }: Tab): Promise<void> {
  return until('the tab is queued for the lock', () =>
    page.evaluate(async () => {
      const { held = [], pending = [] } = await navigator.locks.query()
      return held.length === 1 && pending.length === 1
    }),
  )
}
