import type { Browser, Tab } from '../../browser/engines/tab.ts'
import { until } from '../../support/patience.ts'
import type { BenchServer } from '../support/bench-server.ts'

/** What every figure is taken in. */
export interface Setting {
  readonly server: BenchServer
  readonly chromium: Browser
  /** How often each figure is taken. */
  readonly runs: number
}

/** How latchkey's refresh token travels. */
export const MODES = ['cookie', 'body'] as const
export type Mode = (typeof MODES)[number]

/** A little more than the life of the backend's access tokens. */
export const LIFETIME_MS = 11 * 60_000

/** The API that all requests go to. */
export const API = '/api/me'

/** Opens tabs of one session of latchkey, signed in. */
export function openLatchkey(setting: Setting, mode: Mode, count: number): Promise<Tab[]> {
  return openSignedIn(setting, `/bench/latchkey?mode=${mode}`, count)
}

/** Opens tabs of the floor, which share a token. */
export function openBare(setting: Setting, count: number): Promise<Tab[]> {
  return openSignedIn(setting, '/bench/bare', count)
}

/** Puts another page in front, so that all that are measured are hidden: no difference between them. */
export async function hideAll({ chromium }: Setting, tabs: readonly Tab[]): Promise<Tab> {
  const front = await chromium.open('about:blank')
  await Promise.all(tabs.map((tab) => tab.hidden()))
  return front
}

/** Closes tabs, one after the other. */
export async function closeAll(tabs: readonly Tab[]): Promise<void> {
  for (const tab of tabs) await tab.close()
}

async function openSignedIn(
  { server, chromium }: Setting,
  path: string,
  count: number,
): Promise<Tab[]> {
  const tabs: Tab[] = []
  while (tabs.length < count) tabs.push(await chromium.open(server.url + path))
  await tabs[0]?.page.evaluate(() => window.bench.signIn())
  for (const { page } of tabs) {
    await until('every tab is signed in', () =>
      page.evaluate(async (path) => (await window.bench.request(path)) === 200, API),
    )
  }
  return tabs
}
