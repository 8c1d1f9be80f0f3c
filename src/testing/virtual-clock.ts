import type { Clock } from '../ports.ts'
import { laterTurn, onLaterTurn } from './turn.ts'

// Applications set a few for one moment. More than that is a loop, which would never come to an end.
const MOST_AT_ONCE = 10_000

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/** Time that passes only when it is told to. */
export interface VirtualClock extends Clock {
  /**
   * Lets `ms` pass, running due timers in order and, after each, everything they set going. Rejects if they go on and on
   * without any time passing.
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
  let uptime = 0
  // Kept apart: many steps that are each too small for such a large number would leave the wall clock where it is.
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
      const timer = { at: uptime + delayMs, callback }
      timers = [...timers, timer]
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    async advance(ms) {
      const end = uptime + ms
      let atOnce = 0
      for (;;) {
        await settle()
        const [first, ...rest] = timers.filter((timer) => timer.at <= end)
        if (!first) break
        const next = rest.reduce((a, b) => (b.at < a.at ? b : a), first)
        timers = timers.filter((timer) => timer !== next)
        atOnce = next.at > uptime ? 0 : atOnce + 1
        if (atOnce > MOST_AT_ONCE)
          throw new Error('Time does not go on: each timer sets another one for the same moment')
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
