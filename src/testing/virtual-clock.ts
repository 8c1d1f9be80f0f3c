import type { Clock } from '../ports.ts'
import { laterTurn, onLaterTurn } from './turn.ts'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/** Time that passes only when it is told to. */
export interface VirtualClock extends Clock {
  /** Lets `ms` pass, running due timers in order and, after each, everything they set going. */
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
  let wall = start
  let uptime = 0
  let stepped = 0
  let timers: readonly Timer[] = []
  let soonToRun = 0

  function pass(ms: number): void {
    wall += ms
    uptime += ms
  }

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
    now: () => wall,
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
      for (;;) {
        await settle()
        const [first, ...rest] = timers.filter((timer) => timer.at <= end)
        if (!first) break
        const next = rest.reduce((a, b) => (b.at < a.at ? b : a), first)
        timers = timers.filter((timer) => timer !== next)
        pass(Math.max(next.at - uptime, 0))
        next.callback()
      }
      pass(end - uptime)
    },
    sleep(ms) {
      wall += ms
    },
    step(ms) {
      wall += ms
      stepped += ms
    },
    trueTime: () => wall - stepped,
    get pending() {
      return timers.length
    },
    soon,
    settle,
  }
}
