import type { Tab } from '../../browser/engines/tab.ts'
import type { Outcome } from './bench-page.ts'

/** The result of a volley: how long until every tab had its answers, and what they were. */
export interface Volley {
  readonly ms: number
  readonly outcomes: readonly Outcome[]
}

/** Lets all tabs send requests for `paths` at the same moment, with their clocks moved on by `ageMs` just before. */
export async function volley(
  tabs: readonly Tab[],
  paths: readonly string[],
  ageMs = 0,
): Promise<Volley> {
  await Promise.all(
    tabs.map(({ page }) => page.evaluate((paths) => window.bench.arm(paths), paths)),
  )
  const bursts = tabs.map(({ page }) => page.evaluate(() => window.bench.burst()))
  const startedAt = await tabs[0]?.page.evaluate((ms) => window.bench.go(ms), ageMs)
  const done = await Promise.all(bursts)
  return {
    ms: Math.max(...done.map(({ doneAt }) => doneAt)) - (startedAt ?? NaN),
    outcomes: done.flatMap(({ outcomes }) => outcomes),
  }
}

/** How many of the outcomes an application would call failures. */
export function failures(outcomes: readonly Outcome[]): number {
  return outcomes.filter((outcome) => outcome !== 200).length
}
