import { expect, test } from 'vitest'
import { useBackend, type Backend } from './support/backend.ts'
import { useChromium, type Context, type Tab } from './support/chromium.ts'
import type { Mode } from './support/fixture-page.ts'
import {
  burst,
  expectUndisturbed,
  expire,
  missed,
  onEach,
  openSession,
} from './support/session-tabs.ts'
import { until } from './support/until.ts'

// Storms in a row, for each size. For a longer look: STORMS=500 npm run test:browser
const STORMS = Number(process.env['STORMS'] ?? 10)
const SIZES = [2, 5, 10].flatMap((tabs) => [10, 1].map((requests) => ({ tabs, requests })))
const TIMEOUT_MS = 120_000 + STORMS * 5_000
const SHORT_TTL_S = 4

const newContext = useChromium()
const start = useBackend()

test.for(SIZES)(
  '$tabs tabs refresh once when all tokens run out and each sends $requests at once',
  { timeout: TIMEOUT_MS },
  async ({ tabs: count, requests }) => {
    const { backend, tabs } = await openTabs(count, 'cookie')
    const before = backend.requests.length
    await weather({ backend, tabs, requests, storms: STORMS, calm: () => expire(backend, tabs) })
    // Nothing is sent with an expired token only to be refused.
    const calls = backend.requests.slice(before).filter(({ path }) => path === '/api/me')
    expect(calls.length).toBe(STORMS * count * requests)
    expect(calls.filter(({ status }) => status !== 200)).toEqual([])
  },
)

test.for(SIZES)(
  '$tabs tabs refresh once when the API refuses all tokens and each sends $requests at once',
  { timeout: TIMEOUT_MS },
  async ({ tabs: count, requests }) => {
    const { backend, tabs } = await openTabs(count, 'body')
    const storms = Math.ceil(STORMS / 10)
    await weather({ backend, tabs, requests, storms, calm: () => backend.expireAccessTokens() })
  },
)

test.for(SIZES)(
  '$tabs hidden tabs refresh once when seconds have really gone by and each sends $requests at once',
  { timeout: TIMEOUT_MS },
  async ({ tabs: count, requests }) => {
    const { backend, chromium, tabs } = await openTabs(count, 'cookie', SHORT_TTL_S)
    // A visible tab renews ahead of time, and then nothing runs out.
    await chromium.open('about:blank')
    await onEach(tabs, (tab) => tab.hidden())
    const storms = Math.ceil(STORMS / 50)
    await weather({ backend, tabs, requests, storms, calm: () => onEach(tabs, hasRunOut) })
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
): Promise<{ backend: Backend; chromium: Context; tabs: [Tab, Tab, ...Tab[]] }> {
  const backend = await start({ accessTtlS })
  const chromium = await newContext()
  const settings = Array.from({ length: count }, (_, n) => ({ tab: `tab ${n + 1}`, mode }))
  const [first, second, ...others] = settings
  if (!first || !second) throw new Error('A storm takes two tabs')
  return { backend, chromium, tabs: await openSession(backend, chromium, first, second, ...others) }
}

interface Weather {
  readonly backend: Backend
  readonly tabs: readonly Tab[]
  /** How many each tab sends in a storm. */
  readonly requests: number
  readonly storms: number
  /** What comes before each storm: all tokens become useless. */
  readonly calm: () => unknown
}

/** Lets storm follow storm. After each, all requests have been answered, and there was one refresh. */
async function weather({ backend, tabs, requests, storms, calm }: Weather): Promise<void> {
  const before = backend.refreshes()
  const answered = tabs.map(() => Array.from({ length: requests }, () => ({ status: 200 })))
  for (let storm = 1; storm <= storms; storm++) {
    await calm()
    expect(await onEach(tabs, (tab) => burst(tab, requests))).toEqual(answered)
    const { requests: sent, rotations } = before
    const once = { ...before, requests: sent + storm, rotations: rotations + storm }
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
