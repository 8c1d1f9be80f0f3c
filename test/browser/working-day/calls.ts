import { abortable } from '../../../src/core/time/abortable.ts'
import type { Outcome } from '../support/fixture-page.ts'
import { until } from '../../support/patience.ts'
import type { Network } from './network.ts'
import type { Member } from './tabs.ts'

// How long the back-off of a renewal may go on after the trouble that has caused it.
const AFTERMATH_MS = 20_000

/** What became of the calls of a day. */
export interface CallTally {
  /** With 200. */
  answered: number
  /** While the network was down, and honestly so. */
  failed: number
  /** The token could not be renewed for the trouble that had been just before. */
  postponed: number
  /** Their page was closed, reloaded or left. */
  abandoned: number
}

/** The calls to the API that the pages make in the course of the day. */
export interface Calls {
  readonly tally: CallTally
  /** What no user should have to see, in words. */
  readonly complaints: readonly string[]
  /** Begins so many at once. */
  begin(member: Member, count: number): void
  /** Waits until all have come to something. */
  settled(): Promise<void>
}

/** Starts with none. */
export function createCalls(network: Network): Calls {
  const tally: CallTally = { answered: 0, failed: 0, postponed: 0, abandoned: 0 }
  const complaints: string[] = []
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
        complaints.push(
          `A call of ${name} that took ${Math.round(to - from)} ms came to ${JSON.stringify(outcome)}`,
        )
    }
  }

  function judge({ status, error }: Outcome, from: number, to: number): keyof CallTally | null {
    if (status === 200) return 'answered'
    if (network.wasDown(from, to)) return 'failed'
    // The answer of the API to a token that the page could not renew: as honest as it gets.
    const isPostponed = status === 401 || error === 'SessionError refresh_unavailable'
    return isPostponed && network.wasDown(from - AFTERMATH_MS, to) ? 'postponed' : null
  }

  return {
    tally,
    complaints,
    begin(member, count) {
      const call = burst(member, count).finally(() => running.delete(call))
      running.add(call)
    },
    settled: () => until('all calls have come to something', () => running.size === 0),
  }
}
