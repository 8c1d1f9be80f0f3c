import type { Paused } from './record.ts'
import { plus, wallMs, type WallMs } from '../time/moments.ts'

const BASE_MS = 400
// Callers wait for a refresh: if the server was away for a second, they are answered within two.
const SHORT_PAUSES = 3
/** Given to {@link pauseAfter} at the first failure of what no caller waits for: none of its pauses is short. */
export const UNHURRIED: { readonly failures: number } = { failures: SHORT_PAUSES }
/** No pause of the back-off is longer than this. */
export const CAP_MS = 60_000
// A server may ask for longer pauses than is reasonable.
const LONGEST_MS = 3_600_000

// Equal jitter. Full jitter, anything up to the span, halves the pauses: a server that comes back after an outage would
// see a third more requests in its first second (test/fleet). `chance` is 0 to 1.
function backOffMs(failures: number, chance: number): number {
  return ((1 + chance) / 2) * Math.min(CAP_MS, BASE_MS * 2 ** Math.max(failures - SHORT_PAUSES, 0))
}

/** The pause of all tabs after a refresh, or the notice of a sign-out, has failed. */
export interface Pause {
  /** How many attempts have failed in a row, for the back-off; 0 when the server itself named `retryAt`. */
  readonly failures: number
  readonly pausedAt: WallMs
  readonly retryAt: WallMs
  /** The refusals in words of the server's own that came one after the other, and when the first of them did. */
  readonly doubts?: Doubts | undefined
}

/** Answers that may be refusals. */
export interface Doubts {
  readonly times: number
  readonly since: WallMs
}

/** The pause after one more failure: as long as the server asks for, an hour at most, or else the back-off. */
export function pauseAfter(
  { failures: before = 0 }: { readonly failures?: number | undefined },
  now: WallMs,
  chance: number,
  retryAfterMs?: number,
): Pause {
  // "Retry-After: 0" names no pause, and the server must not be asked again without one.
  const failures = retryAfterMs ? 0 : before + 1
  const pauseMs = retryAfterMs || backOffMs(failures, chance)
  return { failures, pausedAt: now, retryAt: plus(now, Math.min(pauseMs, LONGEST_MS)) }
}

/**
 * Whether the next refresh has to wait, in any tab. If the system clock was set back to before the pause it does not:
 * seconds must not become weeks.
 */
export function isPostponed<Record extends Paused>(
  record: Record,
  now: WallMs,
): record is Record & { readonly retryAt: WallMs } {
  const { pausedAt = wallMs(0), retryAt = wallMs(0) } = record
  return pausedAt <= now && now < retryAt
}

const DOUBTS = 3
const DOUBTED_MS = 60_000

/** The doubts after one more answer that may be a refusal. */
export function doubted({ failures, doubts }: Paused, now: WallMs): Doubts {
  // A renewal by version 0.1.0 clears the failures, and leaves the doubts. Those of the future are from before the clock was
  // set back.
  const isCurrent = failures && doubts && doubts.since <= now
  const { times, since } = isCurrent ? doubts : { times: 0, since: now }
  return { times: times + 1, since }
}

/** Whether the server has refused often enough, and for long enough, to be believed. */
export function isBelieved({ times, since }: Doubts, now: WallMs): boolean {
  return times >= DOUBTS && now - since >= DOUBTED_MS
}

/** Whether the server refused with each answer since, so that it was believed by the last one. */
export function isRefused({ failures, doubts, pausedAt }: Paused): boolean {
  return !!failures && !!doubts && !!pausedAt && isBelieved(doubts, pausedAt)
}
