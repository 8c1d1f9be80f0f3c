import type { Browser, Tab } from '../../browser/engines/tab.ts'
import { until } from '../../support/patience.ts'
import type { BenchServer } from '../support/bench-server.ts'

/** The setting in which every figure is measured. */
export interface Setting {
  readonly server: BenchServer
  readonly chromium: Browser
  /** The number of measurements for each figure. */
  readonly runs: number
}

/** How latchkey's refresh token travels. */
export const MODES = ['cookie', 'body'] as const
export type Mode = (typeof MODES)[number]

/** Slightly longer than the backend's access tokens live. */
export const LIFETIME_MS = 11 * 60_000

/** The API that all requests go to. */
export const API = '/api/me'

/** Opens tabs of one latchkey session, signed in. */
export function openLatchkey(setting: Setting, mode: Mode, count: number): Promise<Tab[]> {
  return openSignedIn(setting, `/bench/latchkey?mode=${mode}`, count)
}

/** Opens tabs of the floor, which share a token. */
export function openBare(setting: Setting, count: number): Promise<Tab[]> {
  return openSignedIn(setting, '/bench/bare', count)
}

/** Puts another page in front, so that all measured tabs are hidden and do not differ in that. */
export async function hideAll({ chromium }: Setting, tabs: readonly Tab[]): Promise<Tab> {
  const front = await chromium.open('about:blank')
  await Promise.all(tabs.map((tab) => tab.waitUntilHidden()))
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
