import type { Clock } from '../ports.ts'
import { laterTurn, onLaterTurn } from './turn.ts'

// Applications set a few such timers in a row. More of them are taken for an endless loop.
const MOST_FOR_NOW = 10_000

interface Timer {
  readonly at: number
  /** Whether its delay was 0 or less. */
  readonly isForNow: boolean
  readonly callback: () => void
}

/** A clock that a test advances. */
export interface VirtualClock extends Clock {
  /**
   * Advances time by `ms`. Runs due timers in order and, after each, everything that it causes. Rejects if more than 10,000
   * timers in a row were set without a delay.
   */
  advance(ms: number): Promise<void>
  /** Advances the wall clock by `ms` while timers stand still, as on a sleeping laptop. */
  sleep(ms: number): void
  /** Sets the wall clock forward or back by `ms`, as a user or NTP does. */
  step(ms: number): void
  /** Epoch milliseconds of a clock that is never set, such as a server's. */
  trueTime(): number
  /** How many timers are waiting. */
  readonly pending: number
  /** Runs `task` in a later turn, without time passing. */
  soon(task: () => void): void
  /** Resolves when nothing is left that can run without time passing. */
  settle(): Promise<void>
}

/** Creates a clock that shows `start`, epoch milliseconds. */
export function createVirtualClock(start = 1_700_000_000_000): VirtualClock {
  // Kept apart from `start`: a fraction of a millisecond would be lost in so large a number.
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
            `Time stands still: more than ${MOST_FOR_NOW} timers in a row were set without a delay`,
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
