import { plus, sessionMs, type SessionMs } from '../time/moments.ts'

/** `fresh`: send. `aging`: send, and renew behind it. `expired`: renew, then send. */
export type Freshness = 'fresh' | 'aging' | 'expired'

/** When an access token stops being fresh and when it stops being sent; `Infinity` when only a 401 can tell. */
export interface Schedule {
  readonly renewAt: SessionMs
  readonly expiresAt: SessionMs
}

const LEEWAY_MS = 5_000
const NEVER: Schedule = { renewAt: sessionMs(Infinity), expiresAt: sessionMs(Infinity) }

/**
 * Plans the life of a token. The lead is at most a fifth of the lifetime and differs by ±10 % between tabs
 * (`chance`, 0 to 1), so that they do not all renew at once. The leeway is at most half the lead: a token that lives
 * for seconds must not count as expired from the start. With `renewInMs` a token is due that long after its request, if
 * that is earlier, give or take the same 10 %.
 */
export function scheduleOf(
  expiresAt: SessionMs | null,
  lifetimeMs: number | null,
  leadMs: number,
  chance: number,
  renewInMs: number = Infinity,
): Schedule {
  if (expiresAt === null || lifetimeMs === null) return NEVER
  const spread = 0.9 + 0.2 * chance
  const lead = Math.min(leadMs, lifetimeMs / 5) * spread
  return {
    renewAt: plus(expiresAt, -Math.max(lead, lifetimeMs - renewInMs * spread)),
    expiresAt: plus(expiresAt, -Math.min(LEEWAY_MS, lead / 2)),
  }
}

/** How fresh a token with this schedule is. The server's clock is never compared with this one: a 401 has the last word. */
export function freshness(schedule: Schedule, now: SessionMs): Freshness {
  if (now < schedule.renewAt) return 'fresh'
  return now < schedule.expiresAt ? 'aging' : 'expired'
}
