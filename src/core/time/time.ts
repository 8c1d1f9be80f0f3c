import type { Clock } from '../../ports.ts'
import { sessionMs, wallMs, type SessionMs, type WallMs } from './moments.ts'

/** The two clocks of a session, and timers. */
export interface Time extends Clock {
  /** What the system clock shows. Access tokens and pauses are timed by it. */
  now(): WallMs
  /** Session time: what limits and activity are timed by. It never runs backwards, whatever the system clock does (E4). */
  sessionNow(): SessionMs
  /** Moves session time on to what a record has seen. A new session starts at its own time, even if that is earlier. */
  follow(seenAt: SessionMs, isNewSession: boolean): void
  /** When the system clock will show that moment. Differs from it only after the system clock was set back. */
  toWall(at: SessionMs): WallMs
}

/** Creates the time of one tab. Session time follows the faster of the system clock and the monotonic clock. */
export function createTime(clock: Clock): Time {
  let at = clock.now()
  let uptime = clock.uptime()

  const now = (): WallMs => wallMs(clock.now())

  function sessionNow(): SessionMs {
    const elapsed = clock.uptime() - uptime
    uptime += elapsed
    at = Math.max(clock.now(), at + elapsed)
    return sessionMs(at)
  }

  return {
    now,
    uptime: () => clock.uptime(),
    schedule: (callback, delayMs) => clock.schedule(callback, delayMs),
    sessionNow,
    follow(seenAt, isNewSession) {
      at = Math.max(seenAt, isNewSession ? clock.now() : sessionNow())
      uptime = clock.uptime()
    },
    toWall(at) {
      // Whole seconds: the two clocks are read one after the other and may differ by a hair.
      const aheadS = Math.round((sessionNow() - now()) / 1000)
      return wallMs(Math.round(at) - aheadS * 1000)
    },
  }
}
