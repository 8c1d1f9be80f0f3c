/**
 * The time from the call of `logout()` in one tab to the event in another. Its floor is a message between two such
 * tabs, measured in the same run: what the browser needs to tell one tab anything about another.
 */
import type { Tab } from '../../browser/engines/tab.ts'
import { until } from '../../support/patience.ts'
import { spread } from '../support/figures.ts'
import { closeAll, openBare, openLatchkey } from './setting.ts'
import type { Mode, Setting } from './setting.ts'

export const HEAD = ['logout', 'a message ms', 'logout to event ms']

export async function logout(setting: Setting, mode: Mode): Promise<string[]> {
  const [sender, receiver] = await openBare(setting, 2)
  const messageMs: number[] = []
  const eventMs: number[] = []
  for (let run = 0; run <= setting.runs; run++) {
    const message = await timed(
      () => sender?.page.evaluate(() => window.bare.post()),
      () => receiver?.page.evaluate(() => window.bare.postedAt()),
    )
    const tabs = await openLatchkey(setting, mode, 2)
    const [first, second] = tabs
    const event = await timed(
      () => first?.page.evaluate(() => window.bench.signOut()),
      () => second?.page.evaluate(() => window.bench.endedAt()),
    )
    await closeAll(tabs)
    if (run === 0) continue
    messageMs.push(message)
    eventMs.push(event)
  }
  await closeAll([sender, receiver].filter((tab): tab is Tab => tab !== undefined))
  return [mode, spread(messageMs, 2), spread(eventMs, 2)]
}

async function timed(
  start: () => Promise<number> | undefined,
  arrival: () => Promise<number | null> | undefined,
): Promise<number> {
  const startedAt = (await start()) ?? NaN
  let tookMs = NaN
  await until('the news has arrived', async () => {
    tookMs = ((await arrival()) ?? NaN) - startedAt
    return tookMs >= 0
  })
  return tookMs
}
