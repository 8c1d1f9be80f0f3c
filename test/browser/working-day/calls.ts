import { abortable } from '../../../src/core/time/abortable.ts'
import type { Outcome } from '../support/fixture-page.ts'
import { until } from '../../support/patience.ts'
import type { Network } from './network.ts'
import type { Member } from './tabs.ts'

/** How long a renewal may still back off after the network has come back. */
const BACK_OFF_MS = 20_000

/** The outcomes of a day's calls. */
export interface CallTally {
  /** Answered with 200. */
  answered: number
  /** Failed while the network was down. */
  failed: number
  /** Failed because the renewal still backed off, after the network had been down. */
  postponed: number
  /** Without an outcome, because their page was closed, reloaded or left. */
  abandoned: number
}

/** The calls to the API that the pages make in the course of the day. */
export interface Calls {
  readonly tally: CallTally
  /** Descriptions of the calls that failed for no such reason. */
  readonly failures: readonly string[]
  /** Begins `count` calls at once. */
  begin(member: Member, count: number): void
  /** Waits until all calls have an outcome. */
  settled(): Promise<void>
}

/** Starts without any calls. */
export function createCalls(network: Network): Calls {
  const tally: CallTally = { answered: 0, failed: 0, postponed: 0, abandoned: 0 }
  const failures: string[] = []
  const running = new Set<Promise<void>>()

  async function burst({ name, tab, stay }: Member, count: number): Promise<void> {
    const from = performance.now()
    let outcomes: Outcome[]
    try {
      const asked = tab.page.evaluate((count) => window.fixture.burst(count), count)
      outcomes = await abortable(asked, stay.signal)
    } catch (error) {
      if (!stay.signal.aborted) throw error
      tally.abandoned += count
      return
    }
    const to = performance.now()
    for (const outcome of outcomes) {
      const kind = judge(outcome, from, to)
      if (kind) tally[kind]++
      else
        failures.push(
          `A call of ${name} took ${Math.round(to - from)} ms and had the outcome ${JSON.stringify(outcome)}`,
        )
    }
  }

  function judge({ status, error }: Outcome, from: number, to: number): keyof CallTally | null {
    if (status === 200) return 'answered'
    if (network.wasDown(from, to)) return 'failed'
    // With a token that the page could not renew, the caller gets the 401 of the API.
    const isPostponed = status === 401 || error === 'SessionError refresh_unavailable'
    return isPostponed && network.wasDown(from - BACK_OFF_MS, to) ? 'postponed' : null
  }

  return {
    tally,
    failures,
    begin(member, count) {
      const call = burst(member, count).finally(() => running.delete(call))
      running.add(call)
    },
    settled: () => until('all calls have an outcome', () => running.size === 0),
  }
}
