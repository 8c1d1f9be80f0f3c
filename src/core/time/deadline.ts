import type { Clock, Dispose } from '../../ports.ts'

// A timer stands still while the computer sleeps and then resumes with the delay it had left, so one long timeout can be
// hours late. Looking at the clock this often keeps the lateness below ten seconds, and every delay far below the 2^31 ms
// at which timers overflow.
const MAX_NAP_MS = 10_000

/** A moment that is reported once, soon after it passes. */
export interface Deadline {
  /**
   * Sets the deadline to `ms` from now, replacing an earlier one; `Infinity` removes it. A moment that has passed already
   * is reported on a later turn of the event loop, never from inside this call.
   */
  set(ms: number): void
  /** Looks at the clocks now. Worth calling when a page is shown again. */
  check(): void
}

/** Creates an unset deadline that calls `onReached` each time one is reached. A clock set back does not postpone it. */
export function createDeadline(clock: Clock, onReached: () => void): Deadline {
  let reachAt = Infinity
  let reachAtUptime = Infinity
  let wake: Dispose | undefined

  function set(ms: number): void {
    wake?.()
    reachAt = clock.now() + ms
    reachAtUptime = clock.uptime() + ms
    if (ms < Infinity) nap()
  }

  function nap(): void {
    wake = clock.schedule(check, Math.max(Math.min(remaining(), MAX_NAP_MS), 0))
  }

  function check(): void {
    if (!(reachAt < Infinity)) return
    wake?.()
    if (remaining() > 0) return nap()
    // Cleared first, so that `onReached` may set the next one.
    set(Infinity)
    onReached()
  }

  function remaining(): number {
    return Math.min(reachAt - clock.now(), reachAtUptime - clock.uptime())
  }

  return { set, check }
}
