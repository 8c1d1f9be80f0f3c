import { expect, test } from 'vitest'
import { useBackend } from './support/backend.ts'
import { launchBrowser } from './engines/browser.ts'
import type { Tab } from './engines/tab.ts'
import { REPEATS } from './support/repeats.ts'
import { burst, expectUndisturbed, expire, loggedOut } from './support/session-tabs.ts'
import { until } from '../support/patience.ts'

const REFRESH = '/auth/refresh'

const start = useBackend()

// Here another page holds the lock. interrupted-refresh.test.ts tests that latchkey releases it when its own page is left.
test(
  'a tab waiting for a lock gets its token when the page that holds it goes into the back/forward cache',
  { repeats: REPEATS - 1 },
  async () => {
    const backend = await start()
    const browser = await launchBrowser()
    const tab = await browser.open(backend.page({ tab: 'queued', mode: 'cookie' }))
    await loggedOut(tab)
    await tab.page.evaluate(() => window.fixture.signIn())
    const gate = backend.hold('answers', REFRESH, 1)
    await expire(backend, [tab])
    const first = burst(tab, 1)
    await gate.reached(1)
    const { held } = await locks(tab)
    gate.open()
    expect(await first).toEqual([{ status: 200 }])

    const keeper = await browser.open(backend.elsewhere)
    await keeper.page.evaluate((name) => {
      void navigator.locks.request(name, () => new Promise(() => undefined))
    }, held[0] ?? '')
    await expire(backend, [tab])
    const second = burst(tab, 1)
    await until('the tab is queued', async () => {
      const { held, pending } = await locks(tab)
      return held.length === 1 && pending[0] === held[0]
    })
    await keeper.leaveFor('about:blank')
    expect(await second).toEqual([{ status: 200 }])
    await expectUndisturbed([tab])
  },
)

function locks({ page }: Tab): Promise<{ held: string[]; pending: string[] }> {
  return page.evaluate(async () => {
    const { held = [], pending = [] } = await navigator.locks.query()
    const names = (infos: LockInfo[]): string[] => infos.map(({ name = '' }) => name)
    return { held: names(held), pending: names(pending) }
  })
}
