import type { Clock } from '../../src/ports.ts'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

export interface FakeClock extends Clock {
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
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  // A macrotask runs when no microtask is left; several, because answers take a few turns to be read.
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export function createFakeClock(start = 1_700_000_000_000): FakeClock {
  let wall = start
  let uptime = 0
  let stepped = 0
  let timers: readonly Timer[] = []

  function pass(ms: number): void {
    wall += ms
    uptime += ms
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
        const next = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
        if (!next) break
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
  }
}
