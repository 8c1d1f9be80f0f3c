import { expect, test } from 'vitest'
import { useBackend, type Backend } from './support/backend.ts'
import { useBrowser } from './engines/browser.ts'
import type { Context, Tab } from './engines/tab.ts'
import type { Mode, Outcome } from './support/fixture-page.ts'
import { STORMS } from './support/repeats.ts'
import {
  burst,
  expectUndisturbed,
  expire,
  degradations,
  onEach,
  openSession,
  storm,
} from './support/session-tabs.ts'
import { until } from '../support/patience.ts'

const SIZES = [2, 10]
/** How many requests each tab sends in a storm: the numbers take turns. */
const REQUESTS = [10, 1]
const SHORT_TTL_S = 4

const newContext = useBrowser()
const start = useBackend()

test.for(SIZES)(
  '%i tabs refresh once when all tokens have expired and each tab sends ten requests or one at once',
  async (count) => {
    const { backend, tabs } = await openTabs(count, 'cookie')
    const before = backend.requests.length
    await expectOneRefreshEach({
      backend,
      tabs,
      storms: STORMS,
      before: () => expire(backend, tabs),
    })
    // No request was sent with an expired token.
    const calls = backend.requests.slice(before).filter(({ path }) => path === '/api/me')
    expect(calls.length).toBe((STORMS / REQUESTS.length) * count * sum(REQUESTS))
    expect(calls.filter(({ status }) => status !== 200)).toEqual([])
  },
)

test.for(SIZES)(
  '%i tabs refresh once when the API refuses all tokens and each tab sends ten requests or one at once',
  async (count) => {
    const { backend, tabs } = await openTabs(count, 'body')
    const storms = STORMS / REQUESTS.length
    await expectOneRefreshEach({
      backend,
      tabs,
      storms,
      before: () => backend.expireAccessTokens(),
    })
  },
)

test.for(SIZES)(
  '%i hidden tabs refresh once when all tokens have expired in real time and each tab sends ten requests or one at once',
  async (count) => {
    const { backend, browser, tabs } = await openTabs(count, 'cookie', SHORT_TTL_S)
    // A visible tab renews its token before it expires.
    await browser.open('about:blank')
    await onEach(tabs, (tab) => tab.waitUntilHidden())
    const storms = STORMS / REQUESTS.length
    await expectOneRefreshEach({ backend, tabs, storms, before: () => onEach(tabs, hasExpired) })
  },
)

test('a tab that missed a renewal does not take over tokens of another tab that have expired too', async () => {
  const { backend, tabs } = await openTabs(2, 'cookie')
  const [late, early] = tabs
  await expire(backend, tabs)
  expect(await burst(early, 1)).toEqual([{ status: 200 }])
  await expire(backend, tabs)
  const { length } = backend.requests
  expect(await burst(late, 1)).toEqual([{ status: 200 }])
  expect(backend.requests.slice(length)).toMatchObject([
    { path: '/auth/refresh', status: 200 },
    { path: '/api/me', status: 200 },
  ])
})

async function openTabs(
  count: number,
  mode: Mode,
  accessTtlS?: number,
): Promise<{ backend: Backend; browser: Context; tabs: [Tab, Tab, ...Tab[]] }> {
  const backend = await start({ accessTtlS })
  const browser = await newContext()
  const settings = Array.from({ length: count }, (_, n) => ({ tab: `tab ${n + 1}`, mode }))
  const [first, second, ...others] = settings
  if (!first || !second) throw new Error('A storm takes two tabs')
  return { backend, browser, tabs: await openSession(backend, browser, first, second, ...others) }
}

interface Storms {
  readonly backend: Backend
  readonly tabs: readonly [Tab, ...Tab[]]
  readonly storms: number
  /** Makes all tokens useless, before each storm. */
  readonly before: () => unknown
}

/** Expects that all requests of each storm are answered, after one refresh. */
async function expectOneRefreshEach({ backend, tabs, storms, before }: Storms): Promise<void> {
  const first = backend.refreshes()
  for (let round = 1; round <= storms; round++) {
    await before()
    const requests = REQUESTS[round % REQUESTS.length] ?? 1
    const answered = Array<Outcome>(requests).fill({ status: 200 })
    expect(await storm(tabs, requests)).toEqual(tabs.map(() => answered))
    const rotations = first.rotations + round
    expect(backend.refreshes()).toMatchObject({ rotations, reuses: 0, superseded: 0 })
    // A tab whose database does not answer in time, as on a slow machine, reports that and may repeat another tab's refresh (G2).
    const missing = (await onEach(tabs, degradations)).flat()
    if (missing.length === 0)
      expect(backend.refreshes()).toEqual({
        ...first,
        rotations,
        requests: first.requests + round,
      })
  }
  await expectUndisturbed(tabs)
}

function hasExpired({ page }: Tab): Promise<void> {
  return until('the access token has expired', () =>
    page.evaluate(() => Date.now() > (window.fixture.state().accessExpiresAt ?? Infinity)),
  )
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0)
}
