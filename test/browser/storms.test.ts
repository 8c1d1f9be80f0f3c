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
  missed,
  onEach,
  openSession,
  storm,
} from './support/session-tabs.ts'
import { until } from '../support/patience.ts'

const SIZES = [2, 10]
/** How many requests each tab sends in one storm and in the next. */
const REQUESTS = [10, 1]
const SHORT_TTL_S = 4

const newContext = useBrowser()
const start = useBackend()

test.for(SIZES)(
  '%i tabs refresh once when all tokens run out and each sends ten requests or one at once',
  async (count) => {
    const { backend, tabs } = await openTabs(count, 'cookie')
    const before = backend.requests.length
    await weather({ backend, tabs, storms: STORMS, calm: () => expire(backend, tabs) })
    // Nothing is sent with an expired token only to be refused.
    const calls = backend.requests.slice(before).filter(({ path }) => path === '/api/me')
    expect(calls.length).toBe((STORMS / REQUESTS.length) * count * sum(REQUESTS))
    expect(calls.filter(({ status }) => status !== 200)).toEqual([])
  },
)

test.for(SIZES)(
  '%i tabs refresh once when the API refuses all tokens and each sends ten requests or one at once',
  async (count) => {
    const { backend, tabs } = await openTabs(count, 'body')
    const storms = STORMS / REQUESTS.length
    await weather({ backend, tabs, storms, calm: () => backend.expireAccessTokens() })
  },
)

test.for(SIZES)(
  '%i hidden tabs refresh once when seconds have really gone by and each sends ten requests or one at once',
  async (count) => {
    const { backend, browser, tabs } = await openTabs(count, 'cookie', SHORT_TTL_S)
    // A visible tab renews ahead of time, and then nothing runs out.
    await browser.open('about:blank')
    await onEach(tabs, (tab) => tab.hidden())
    const storms = STORMS / REQUESTS.length
    await weather({ backend, tabs, storms, calm: () => onEach(tabs, hasRunOut) })
  },
)

test('a tab that missed a renewal is not content with the tokens of another that have run out too', async () => {
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

interface Weather {
  readonly backend: Backend
  readonly tabs: readonly [Tab, ...Tab[]]
  readonly storms: number
  /** What comes before each storm: all tokens become useless. */
  readonly calm: () => unknown
}

/** Lets storm follow storm. After each, all requests have been answered, and there was one refresh. */
async function weather({ backend, tabs, storms, calm }: Weather): Promise<void> {
  const before = backend.refreshes()
  for (let round = 1; round <= storms; round++) {
    await calm()
    const requests = REQUESTS[round % REQUESTS.length] ?? 1
    const answered = Array<Outcome>(requests).fill({ status: 200 })
    expect(await storm(tabs, requests)).toEqual(tabs.map(() => answered))
    const { requests: sent, rotations } = before
    const once = { ...before, requests: sent + round, rotations: rotations + round }
    // A tab whose database did not answer in time may repeat what another one has sent (G2): then it says so.
    const missing = await onEach(tabs, missed)
    expect({ ...backend.refreshes(), missing }).toEqual({ ...once, missing: tabs.map(() => []) })
  }
  await expectUndisturbed(tabs)
}

function hasRunOut({ page }: Tab): Promise<void> {
  return until('the access token has run out', () =>
    page.evaluate(() => Date.now() > (window.fixture.state().accessExpiresAt ?? Infinity)),
  )
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0)
}
