import { expect, onTestFinished, test, vi } from 'vitest'
import { moveClock } from '../../support/moved-clock.ts'
import { useBackend, type Backend } from '../support/backend.ts'
import { useBrowser } from '../engines/browser.ts'
import type { Tab } from '../engines/tab.ts'
import { lastEnd, loggedIn, loggedOut, onEach, sleep, stateOf } from '../support/session-tabs.ts'
import { until } from '../../support/patience.ts'

const TTL_S = 600
const start = useBackend()
const newContext = useBrowser()

test('when forty answers with tokens overtake each other, all tabs keep the newest token', async () => {
  const { tabs } = await openTabs()
  moveClock(TTL_S * 600)
  // Tokens differ by the second in which they were made, so the server's clock moves on, but not until they expire.
  let ticks = 0
  const ticking = setInterval(
    () => ticks++ < TTL_S / 10 && vi.setSystemTime(Date.now() + 1_000),
    10,
  )
  onTestFinished(() => clearInterval(ticking))
  const made = await onEach(tabs, ({ page }) => page.evaluate(() => window.fixture.overtake(20)))
  clearInterval(ticking)

  const all = made.flat()
  expect(all).toHaveLength(40)
  expect(new Set(all).size).toBeGreaterThan(10)
  const newest = Math.max(...all)
  for (const tab of tabs)
    await until(
      'the tab has the newest token',
      async () => (await stateOf(tab)).claims?.iat === newest,
    )
})

test('a session with recent requests stays alive; a session without requests ends at its limit and sends nothing', async () => {
  const { backend, tabs } = await openTabs()
  const [one, two] = tabs
  for (let time = 0; time < 3; time++) {
    moveClock(TTL_S * 600)
    await sleep(tabs, TTL_S * 600)
    expect(await one.page.evaluate(() => window.fixture.call('/api/me'))).toEqual({ status: 200 })
    const since = Date.now() / 1000 - TTL_S / 2
    await until('both tabs have the new token', async () =>
      (await onEach(tabs, stateOf)).every(({ claims }) => (claims?.iat ?? 0) > since),
    )
  }
  const { length } = backend.requests
  await sleep(tabs, TTL_S * 1000)
  await onEach(tabs, loggedOut)
  expect(await lastEnd(two)).toMatchObject({ reason: 'session-limit' })
  expect(backend.requests).toHaveLength(length)
})

async function openTabs(): Promise<{ backend: Backend; tabs: readonly [Tab, Tab] }> {
  const backend = await start({ strategy: { mode: 'sliding' }, accessTtlS: TTL_S })
  const browser = await newContext()
  const open = (tab: string) =>
    browser.open(backend.page({ tab, mode: 'body', strategy: 'sliding' }))
  const tabs = [await open('one'), await open('two')] as const
  await tabs[0].page.evaluate(() => window.fixture.signIn())
  await onEach(tabs, loggedIn)
  return { backend, tabs }
}
