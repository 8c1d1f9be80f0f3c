import type { Clock, Dispose } from '../../ports.ts'

// A timer stands still while the machine sleeps and then resumes with whatever delay it had left, so one long timeout
// can be hours late. Waking this often to look at the clock keeps the lateness below ten seconds, and no delay
// anywhere near the 2^31 ms at which timers overflow.
const MAX_NAP_MS = 10_000

/** A moment in wall-clock time that is reported once, soon after it passes. */
export interface Deadline {
  /**
   * Moves the deadline, replacing any earlier one; `null` or `Infinity` forgets it. A moment already past is reported
   * on a later turn of the event loop, never from inside this call.
   */
  set(at: number | null): void
  /** Looks at the clock now. Worth calling when a page is shown again. */
  check(): void
}

/** Creates an unset deadline that calls `onReached` each time one is reached. A clock set back does not postpone it. */
export function createDeadline(clock: Clock, onReached: () => void): Deadline {
  let reachAt = Infinity
  let reachAtUptime = Infinity
  let wake: Dispose | undefined

  function set(at: number | null): void {
    wake?.()
    reachAt = at ?? Infinity
    reachAtUptime = reachAt - clock.now() + clock.uptime()
    if (reachAt < Infinity) nap()
  }

  function nap(): void {
    wake = clock.schedule(check, Math.max(Math.min(remaining(), MAX_NAP_MS), 0))
  }

  function check(): void {
    if (!(reachAt < Infinity)) return
    wake?.()
    if (remaining() > 0) return nap()
    // Cleared first, so that `onReached` may set the next one.
    set(null)
    onReached()
  }

  function remaining(): number {
    return Math.min(reachAt - clock.now(), reachAtUptime - clock.uptime())
  }

  return { set, check }
}
