import type { Clock } from '../../ports.ts'

/** Time for limits: it never runs backwards, whatever the system clock does (E4). Epoch milliseconds. */
export interface SessionClock {
  now(): number
  /** Takes over how far another tab has seen time go. A new session starts from its own. */
  follow(seenAt: number, isNewSession: boolean): void
  /** A moment of session time as the wall clock will show it: later ones than that only after a clock was set back. */
  toWall(at: number): number
}

/** Creates a session clock: the larger of wall-clock and monotonic progress. */
export function createSessionClock(clock: Clock): SessionClock {
  let at = clock.now()
  let uptime = clock.uptime()

  function now(): number {
    const elapsed = clock.uptime() - uptime
    uptime += elapsed
    at = Math.max(clock.now(), at + elapsed)
    return at
  }

  return {
    now,
    follow(seenAt, isNewSession) {
      at = Math.max(seenAt, isNewSession ? clock.now() : now())
      uptime = clock.uptime()
    },
    toWall(at) {
      const aheadS = Math.round((now() - clock.now()) / 1000)
      return Math.round(at) - aheadS * 1000
    },
  }
}
