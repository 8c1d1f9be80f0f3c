/** `fresh`: send. `aging`: send, and renew behind it. `expired`: renew, then send. */
export type Freshness = 'fresh' | 'aging' | 'expired'

/** When an access token stops being fresh and when it stops being sent; epoch milliseconds, `Infinity` when only a 401 can tell. */
export interface Schedule {
  readonly renewAt: number
  readonly expiresAt: number
}

const LEEWAY_MS = 5_000
const NEVER: Schedule = { renewAt: Infinity, expiresAt: Infinity }

/**
 * Plans the life of a token. The lead is at most a fifth of the lifetime and differs by ±10 % between tabs
 * (`chance`, 0 to 1), so that they do not all renew at once. The leeway is at most half the lead: a token that lives
 * for seconds must not count as expired from birth. `renewInMs` after its birth a token ages earlier than that, within
 * the same tenth.
 */
export function scheduleOf(
  expiresAt: number | null,
  lifetimeMs: number | null,
  leadMs: number,
  chance: number,
  renewInMs: number = Infinity,
): Schedule {
  if (expiresAt === null || lifetimeMs === null) return NEVER
  const spread = 0.9 + 0.2 * chance
  const lead = Math.min(leadMs, lifetimeMs / 5) * spread
  return {
    renewAt: expiresAt - Math.max(lead, lifetimeMs - renewInMs * spread),
    expiresAt: expiresAt - Math.min(LEEWAY_MS, lead / 2),
  }
}

/** How fresh a token with this schedule is. A server's clock is never compared with ours: 401s have the last word. */
export function freshness(schedule: Schedule, now: number): Freshness {
  if (now < schedule.renewAt) return 'fresh'
  return now < schedule.expiresAt ? 'aging' : 'expired'
}
