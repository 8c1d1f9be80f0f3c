import type { SessionRecord } from './record.ts'

const BASE_MS = 500
const CAP_MS = 60_000
/** A server may ask for more patience than anybody has. */
export const LONGEST_MS = 3_600_000

/** Full jitter: anything up to a span that doubles with each failure in a row. `chance` is 0 to 1. */
export function backOffMs(failures: number, chance: number): number {
  return chance * Math.min(CAP_MS, BASE_MS * 2 ** failures)
}

/** Whether the next refresh is still to wait, in any tab. Not when the clock was set back to before the pause: it must not turn seconds into weeks. */
export function isPostponed({ pausedAt = 0, retryAt = 0 }: SessionRecord, now: number): boolean {
  return pausedAt <= now && now < retryAt
}
