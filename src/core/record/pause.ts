import type { SessionRecord } from './record.ts'

const BASE_MS = 500
/** No pause of the back-off is longer than this. */
export const CAP_MS = 60_000
// A server may ask for more patience than anybody has.
const LONGEST_MS = 3_600_000

// Equal jitter. Full jitter, anything up to the span, halves the pauses: a server that comes back after an outage would
// see a third more requests in its first second (test/fleet). `chance` is 0 to 1.
function backOffMs(failures: number, chance: number): number {
  return ((1 + chance) / 2) * Math.min(CAP_MS, BASE_MS * 2 ** failures)
}

/** What a failed attempt leaves in the record. */
export interface Pause {
  readonly failures: number
  readonly pausedAt: number
  readonly retryAt: number
}

/** The pause after one more failure: as long as the server asks for, an hour at most, or else the back-off. */
export function pauseAfter(
  { failures: before = 0 }: Pick<SessionRecord, 'failures'>,
  now: number,
  chance: number,
  retryAfterMs?: number,
): Pause {
  // A server that says "after 0 s" names no pause, and must not be asked without one.
  const failures = retryAfterMs ? 0 : before + 1
  const pauseMs = retryAfterMs || backOffMs(failures, chance)
  return { failures, pausedAt: now, retryAt: now + Math.min(pauseMs, LONGEST_MS) }
}

/** Whether the next refresh is still to wait, in any tab. Not when the clock was set back to before the pause: it must not turn seconds into weeks. */
export function isPostponed({ pausedAt = 0, retryAt = 0 }: SessionRecord, now: number): boolean {
  return pausedAt <= now && now < retryAt
}
