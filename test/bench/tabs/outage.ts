/**
 * The auth server answers 503 for a second, without `Retry-After`, just when all tokens have expired. The page goes on
 * sending a request every 100 ms. None should fail, and the server should not be flooded.
 */
import { spread } from '../support/figures.ts'
import { API, closeAll, LIFETIME_MS, openLatchkey } from './setting.ts'
import type { Mode, Setting } from './setting.ts'

export const HEAD = ['503 for a second', 'requests', 'failed', 'refresh calls', 'last answer ms']

const OUTAGE_MS = 1_000
const EVERY_MS = 100

export async function outage(setting: Setting, mode: Mode, tabs: number): Promise<string[]> {
  const { server, runs } = setting
  const kept = await openLatchkey(setting, mode, tabs)
  const calls: number[] = []
  const tookMs: number[] = []
  let failed = 0
  let sent = 0
  for (let run = 0; run < runs; run++) {
    server.expireAccessTokens()
    server.begin()
    for (const { page } of kept) await page.evaluate((ms) => window.bench.age(ms), LIFETIME_MS)
    server.failRefreshes(OUTAGE_MS)
    const startedAt = performance.now()
    const outcomes = []
    for (let at = 0; at < OUTAGE_MS; at += EVERY_MS) {
      for (const { page } of kept)
        outcomes.push(page.evaluate((path) => window.bench.request(path), API))
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
    }
    const settled = await Promise.all(outcomes)
    tookMs.push(performance.now() - startedAt)
    sent += settled.length
    failed += settled.filter((outcome) => outcome !== 200).length
    calls.push(server.tally().refreshes)
  }
  await closeAll(kept)
  return [
    `${tabs} ${tabs === 1 ? 'tab' : 'tabs'}, ${mode}`,
    String(sent),
    String(failed),
    spread(calls, 0),
    spread(tookMs, 0),
  ]
}
