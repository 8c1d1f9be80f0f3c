import type { EndReason, ExpiryCause } from '../../session-state.ts'
import { lastActiveAt } from './presence.ts'
import type { SessionRecord } from './record.ts'

// A click in time is in time, though the server may take as long to answer it as two requests wait by default.
const EXTENDING_MS = 30_000

/** When a session ends unless something happens, in session time, and which of its clocks says so. */
export interface Expiry {
  readonly at: number
  readonly cause: ExpiryCause
  /** Whether a click can move it. */
  readonly extendable: boolean
}

/** The earliest of the session's clocks; `null` when none is known. */
export function expiryOf(record: SessionRecord): Expiry | null {
  const { limits, rejected = false, accessExpiresAt, idle, extendingAt = -Infinity } = record
  const clocks: readonly (Omit<Expiry, 'at'> & { readonly at: number | null })[] = [
    { at: limits.session, cause: 'session-limit', extendable: false },
    { at: rejected ? accessExpiresAt : null, cause: 'refresh-rejected', extendable: false },
    { at: limits.refresh, cause: 'refresh-limit', extendable: !limits.isRefreshFixed },
    {
      at: idle ? idle.lastActivityAt + idle.afterMs : null,
      cause: 'idle',
      // Who is not renewed any more cannot be helped by a click.
      extendable: !rejected,
    },
  ]
  let earliest: Expiry | null = null
  for (const clock of clocks) {
    if (clock.at === null) continue
    const at = clock.extendable ? Math.max(clock.at, extendingAt + EXTENDING_MS) : clock.at
    if (at < (earliest?.at ?? Infinity)) earliest = { ...clock, at }
  }
  return earliest
}

/** When the session ends; `Infinity` when no limit is known. */
export function endsAt(record: SessionRecord): number {
  return expiryOf(record)?.at ?? Infinity
}

/** What an end is called that nobody but time has brought. */
export function reasonOf(record: SessionRecord): EndReason {
  const cause = expiryOf(record)?.cause
  return cause === 'idle' || cause === 'refresh-rejected' ? cause : 'session-limit'
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
