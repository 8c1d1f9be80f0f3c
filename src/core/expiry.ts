import type { EndReason, ExpiryCause } from '../session-state.ts'
import { idleEndsAt, lastActiveAt } from './idle.ts'
import type { SessionRecord } from './record.ts'

/** When a session ends unless something happens, in session time, and which of its clocks says so. */
export interface Expiry {
  readonly at: number
  readonly cause: ExpiryCause
  /** Whether a click can move it. */
  readonly extendable: boolean
}

/** The earliest of the session's clocks; `null` when none is known. */
export function expiryOf(record: SessionRecord): Expiry | null {
  const { limits, rejected, accessExpiresAt, idle } = record
  const clocks: readonly (Omit<Expiry, 'at'> & { readonly at: number | null })[] = [
    { at: limits.session, cause: 'session-limit', extendable: false },
    { at: rejected ? accessExpiresAt : null, cause: 'refresh-rejected', extendable: false },
    { at: limits.refresh, cause: 'refresh-limit', extendable: !limits.isRefreshFixed },
    { at: idle ? idleEndsAt(idle) : null, cause: 'idle', extendable: true },
  ]
  let earliest: Expiry | null = null
  for (const { at, ...clock } of clocks) {
    if (at !== null && at < (earliest?.at ?? Infinity)) earliest = { ...clock, at }
  }
  return earliest
}

/** When the session ends; `null` when no limit is known. */
export function endsAt(record: SessionRecord): number | null {
  return expiryOf(record)?.at ?? null
}

/** What the end is called that this clock brings. */
export function reasonOf({ cause }: Expiry): EndReason {
  return cause === 'refresh-limit' ? 'session-limit' : cause
}

/** Whether anybody has been there since these tokens were fetched; where nobody watches, that is taken for granted. */
export function isInUse(record: SessionRecord): boolean {
  return (lastActiveAt(record) ?? Infinity) > fetchedAt(record)
}

/**
 * When to renew for the sake of the refresh limit: early enough to spare its user a warning, but no earlier than half
 * way through its life. `Infinity` for a limit that does not move, or whose length is not known.
 */
export function limitDueAt(record: SessionRecord, warnMs: number): number {
  const { refresh, isRefreshFixed } = record.limits
  if (refresh === null || isRefreshFixed || record.lifetimeMs === null) return Infinity
  return Math.max(refresh - 2 * warnMs, (fetchedAt(record) + refresh) / 2)
}

function fetchedAt({ accessExpiresAt, lifetimeMs }: SessionRecord): number {
  return (accessExpiresAt ?? 0) - (lifetimeMs ?? 0)
}
