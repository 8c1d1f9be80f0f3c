import type { Clock } from '../../ports.ts'
import { sessionMs, wallMs, type SessionMs, type WallMs } from './moments.ts'

/** The two clocks of a session, and timers. */
export interface Time extends Clock {
  /** What the system clock shows. Pauses are timed by it. */
  now(): WallMs
  /** Session time: what limits, activity and access tokens are timed by. It never runs backwards, whatever the system clock does (E4). */
  sessionNow(): SessionMs
  /**
   * Moves session time on to what `record` has seen, and ahead of the system clock if `before`, the record that this tab
   * knows, did not say so. A new session starts at its own time, even if that is earlier.
   */
  follow(record: SessionMoment, before: SessionMoment | null): void
  /** When the system clock will show that moment. Differs from it only after the system clock was set back. */
  toWall(at: SessionMs): WallMs
}

/** How far session time had come, by a record. */
export interface SessionMoment {
  readonly session: string
  readonly seenAt: SessionMs
  readonly aheadMs?: number | undefined
}

// The two clocks are read one after the other, and each advances in steps of its own. Less than this is no jump.
const JUMP_MS = 1_000

/**
 * Creates the time of one tab. Session time advances with the monotonic clock. Where the system clock has advanced further,
 * the computer has slept, or that clock was set forward: then it advances with that.
 */
export function createTime(clock: Clock): Time {
  // Session time at a moment, and what the two clocks showed then.
  let at = clock.now()
  let wall = at
  let uptime = clock.uptime()
  // The latest session time that was read: it never runs backwards.
  let latest = at

  const now = (): WallMs => wallMs(clock.now())

  function startFrom(from: number): void {
    at = from
    wall = clock.now()
    uptime = clock.uptime()
  }

  function sessionNow(): SessionMs {
    const elapsedMs = clock.uptime() - uptime
    const jumpMs = clock.now() - wall - elapsedMs
    const found = at + elapsedMs + Math.max(jumpMs, 0)
    if (Math.abs(jumpMs) > JUMP_MS) startFrom(found)
    return sessionMs((latest = Math.max(latest, found)))
  }

  return {
    ...clock,
    now,
    sessionNow,
    follow({ session, seenAt, aheadMs = 0 }, before) {
      const isNew = session !== before?.session
      // What this tab has known for a while may be outdated: the system clock may have been set right since.
      const toldMs = isNew || aheadMs !== before.aheadMs ? aheadMs : 0
      latest = Math.max(seenAt, clock.now() + toldMs, isNew ? -Infinity : sessionNow())
      startFrom(latest)
    },
    toWall(at) {
      // Whole seconds: the two clocks are read one after the other and may differ by a hair.
      const aheadS = Math.round((sessionNow() - now()) / 1000)
      return wallMs(Math.round(at) - aheadS * 1000)
    },
  }
}
