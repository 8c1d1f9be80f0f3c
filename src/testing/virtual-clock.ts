import type { Clock } from '../ports.ts'
import { laterTurn, onLaterTurn } from './turn.ts'

// Applications set a few in a row. More than that is taken for a loop, which would never come to an end.
const MOST_FOR_NOW = 10_000

interface Timer {
  readonly at: number
  /** Set for the very moment in which it was set. */
  readonly isForNow: boolean
  readonly callback: () => void
}

/** Time that passes only when it is told to. */
export interface VirtualClock extends Clock {
  /**
   * Lets `ms` pass, running due timers in order and, after each, everything they set going. Rejects if over 10,000 in a row
   * were set for the very moment in which they were set.
   */
  advance(ms: number): Promise<void>
  /** Lets `ms` of wall-clock time pass with every timer standing still, as a sleeping laptop does. */
  sleep(ms: number): void
  /** Sets the wall clock `ms` forward or back, as a user or NTP does. */
  step(ms: number): void
  /** Epoch milliseconds by a clock that nobody sets: a server's. */
  trueTime(): number
  /** How many timers are waiting. */
  readonly pending: number
  /** Runs `task` when its turn comes, without any time passing. */
  soon(task: () => void): void
  /** Resolves when nothing is left that waits only for its turn. */
  settle(): Promise<void>
}

/** Creates a clock that stands at `start`, epoch milliseconds. */
export function createVirtualClock(start = 1_700_000_000_000): VirtualClock {
  // Kept apart from the large number: many steps that are each too small for it would leave the wall clock where it is.
  let uptime = 0
  let asleep = 0
  let stepped = 0
  let timers: readonly Timer[] = []
  let soonToRun = 0

  const trueTime = (): number => start + asleep + uptime

  function soon(task: () => void): void {
    soonToRun++
    onLaterTurn(() => {
      soonToRun--
      task()
    })
  }

  async function settle(): Promise<void> {
    do await laterTurn()
    while (soonToRun > 0)
  }

  return {
    now: () => trueTime() + stepped,
    uptime: () => uptime,
    schedule(callback, delayMs) {
      const at = uptime + delayMs
      const timer = { at, isForNow: at <= uptime, callback }
      timers = [...timers, timer]
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    async advance(ms) {
      const end = uptime + ms
      let forNow = 0
      for (;;) {
        await settle()
        const [first, ...rest] = timers.filter((timer) => timer.at <= end)
        if (!first) break
        const next = rest.reduce((a, b) => (b.at < a.at ? b : a), first)
        forNow = next.isForNow ? forNow + 1 : 0
        if (forNow > MOST_FOR_NOW)
          throw new Error(
            `Time does not go on: over ${MOST_FOR_NOW} timers in a row were set for now`,
          )
        timers = timers.filter((timer) => timer !== next)
        uptime = Math.max(next.at, uptime)
        next.callback()
      }
      uptime = end
    },
    sleep(ms) {
      asleep += ms
    },
    step(ms) {
      stepped += ms
    },
    trueTime,
    get pending() {
      return timers.length
    },
    soon,
    settle,
  }
}
