/**
 * Take-over: a tab dies while the answer to its refresh is on the way, and the old refresh token is spent. How long
 * until another tab, queued behind it, has a token?
 *
 * Measured from the command to kill the tab, so it includes the browser's share: ending the process and releasing its
 * lock. The floor shows that share: the same death of a tab that holds a bare Web Lock, and one plain refresh by the
 * tab that gets the lock next. The multiple of one refresh has the floor's browser share subtracted.
 */
import { moment } from '../support/bench-page.ts'
import { median, spread } from '../support/figures.ts'
import type { Tab } from '../../browser/engines/tab.ts'
import { until } from '../../support/patience.ts'
import { API, closeAll, LIFETIME_MS, openBare, openLatchkey } from './setting.ts'
import type { Mode, Setting } from './setting.ts'

export const HEAD = [
  'take-over',
  'one refresh ms',
  'floor: lock released + refresh ms',
  'latchkey ms',
  'ratio to floor',
  'in refreshes, after the release',
]

export const DEATHS = ['closed', 'crashed'] as const
type Death = (typeof DEATHS)[number]

export async function takeOver(setting: Setting, mode: Mode, death: Death): Promise<string[]> {
  const floorMs: number[] = []
  const keptMs: number[] = []
  const refreshMs: number[] = []
  for (let run = 0; run <= setting.runs; run++) {
    const floor = await bareTakeOver(setting, death)
    const kept = await keptTakeOver(setting, mode, death)
    if (run === 0) continue
    floorMs.push(floor.ms)
    refreshMs.push(floor.refreshMs)
    keptMs.push(kept)
  }
  const one = median(refreshMs)
  const browsersShare = median(floorMs) - one
  return [
    `tab ${death}, ${mode}`,
    spread(refreshMs),
    spread(floorMs),
    spread(keptMs),
    spread(
      keptMs.map((ms, run) => ms / (floorMs[run] ?? NaN)),
      3,
    ),
    `${((median(keptMs) - browsersShare) / one).toFixed(3)}×`,
  ]
}

async function bareTakeOver(
  setting: Setting,
  death: Death,
): Promise<{ readonly ms: number; readonly refreshMs: number }> {
  const [waiting, dying] = await openPair(() => openBare(setting, 2))
  await waiting.page.evaluate(() => window.bench.signIn())
  await waiting.page.evaluate(() => window.bare.refresh())
  const refreshMs = await waiting.page.evaluate(() => window.bare.refresh())
  await dying.page.evaluate(() => window.bare.holdLock())
  const done = waiting.page.evaluate(() => window.bare.refreshAfterLock())
  const ms = await timed(dying, waiting, death, done)
  await closeAll([waiting])
  return { ms, refreshMs }
}

async function keptTakeOver(setting: Setting, mode: Mode, death: Death): Promise<number> {
  const { server } = setting
  const [waiting, dying] = await openPair(() => openLatchkey(setting, mode, 2))
  const gate = server.holdRefreshes(1)
  for (const { page } of [waiting, dying])
    await page.evaluate((ms) => window.bench.age(ms), LIFETIME_MS)
  void dying.page.evaluate((path) => window.bench.request(path), API).catch(() => undefined)
  await gate.reached(1)
  const done = waiting.page.evaluate(() => window.tokenAt())
  const ms = await timed(dying, waiting, death, done)
  gate.open()
  await closeAll([waiting])
  return ms
}

/** From the command to end the one tab until the other is `done`. */
async function timed(
  dying: Tab,
  waiting: Tab,
  death: Death,
  done: Promise<number>,
): Promise<number> {
  await until('the other tab is queued', () =>
    waiting.page.evaluate(async () => ((await navigator.locks.query()).pending ?? []).length > 0),
  )
  const startedAt = moment()
  const ended = death === 'closed' ? dying.close() : dying.crash()
  const ms = (await done) - startedAt
  await ended
  if (death === 'crashed') await dying.close()
  return ms
}

async function openPair(open: () => Promise<Tab[]>): Promise<[waiting: Tab, dying: Tab]> {
  const [waiting, dying] = await open()
  if (!waiting || !dying) throw new Error('A take-over takes two tabs')
  return [waiting, dying]
}
