import { expect, test } from 'vitest'
import { useBackend, type Backend } from './support/backend.ts'
import { launchBrowser } from './engines/browser.ts'
import type { Tab } from './engines/tab.ts'
import type { Mode } from './support/fixture-page.ts'
import { RELOAD_ROUNDS } from './support/repeats.ts'
import { until } from '../support/patience.ts'

const MODES: readonly Mode[] = ['cookie', 'body']
const REFRESH = '/auth/refresh'
const RELOADS = 20

const start = useBackend()

test.for(MODES)(
  'a session survives twenty reloads as fast as the browser allows, in %s mode',
  async (mode) => {
    const { backend, tab } = await openAgeingTab(mode)
    // Refreshes take so long that some reloads cut them off.
    backend.delayAnswers(REFRESH, 50)
    let cutOff = 0
    for (let round = 1; round <= RELOAD_ROUNDS; round++) {
      for (let reload = 1; reload <= RELOADS; reload++) {
        cutOff += Math.min(backend.underWay(REFRESH), 1)
        await tab.page.reload()
      }
      await expectLoggedIn(backend, tab)
    }
    expect(cutOff).toBeGreaterThan(0)
  },
)

test.for(MODES)(
  'a session survives twenty reloads that each cut off a refresh, in %s mode',
  async (mode) => {
    const { backend, tab } = await openAgeingTab(mode)
    for (let round = 1; round <= RELOAD_ROUNDS; round++) {
      const gate = backend.hold('answers', REFRESH)
      for (let reload = 1; reload <= RELOADS; reload++) {
        // Answers the refreshes of pages that are gone, while the current page waits for its own.
        gate.release(gate.waiting - 1)
        await tab.page.reload()
        await expectRefreshUnderWay(backend, tab)
      }
      gate.open()
      await expectLoggedIn(backend, tab)
    }
  },
)

async function expectRefreshUnderWay(backend: Backend, { page }: Tab): Promise<void> {
  const current = await page.evaluate(() => window.fixture.load)
  await until('the page waits for a refresh', () =>
    backend.requests.some(
      ({ path, load, status }) => path === REFRESH && load === current && status === undefined,
    ),
  )
}

/** Opens a tab in which each load finds the access token expired. */
async function openAgeingTab(mode: Mode): Promise<{ backend: Backend; tab: Tab }> {
  const backend = await start()
  const browser = await launchBrowser()
  const agesMs = 3_600_000
  const tab = await browser.open(backend.page({ tab: 'reloading', mode, agesMs }))
  await tab.page.evaluate(() => window.fixture.signIn())
  return { backend, tab }
}

async function expectLoggedIn(backend: Backend, { page }: Tab): Promise<void> {
  await until('the session is restored', () =>
    page.evaluate(() => window.fixture.state().status !== 'restoring'),
  )
  expect(await page.evaluate(() => window.fixture.burst(1))).toEqual([{ status: 200 }])
  const entries = await page.evaluate(() => window.fixture.journal())
  expect(new Set(entries.map(({ what }) => what))).toEqual(new Set(['started', 'refreshed']))
  expect(backend.refreshes()).toMatchObject({ reuses: 0 })
}
