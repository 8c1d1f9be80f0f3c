import type { EndReason, ExpiryCause } from '../../session-state.ts'
import { plus, sessionMs, type SessionMs } from '../time/moments.ts'
import { isRefused } from './pause.ts'
import { requestedAt, type SessionRecord } from './record.ts'

// A click in time counts as in time, though the server may take as long to answer as two requests wait by default; and no
// longer, as the tab in which the user clicked may be gone.
const EXTENDING_MS = 30_000

/** When a session ends unless something happens, and which of its limits ends it. */
export interface Expiry {
  readonly at: SessionMs
  readonly cause: ExpiryCause
  /** Whether a click can move it. */
  readonly extendable: boolean
}

/** The earliest of the session's limits; `null` when none is known. A request to stay moves it once the server has answered. */
export function expiryOf(record: SessionRecord): Expiry | null {
  return earliestOf(record, 0)
}

/** The end itself: while the answer to a request to stay is awaited, limits that it can move are held off. */
function endOf(record: SessionRecord): Expiry | null {
  const { extendingAt = 0, answeredAt = 0 } = record
  return earliestOf(record, extendingAt > answeredAt ? extendingAt + EXTENDING_MS : 0)
}

function earliestOf(record: SessionRecord, heldUntil: number): Expiry | null {
  const { limits, rejected = false, idle } = record
  const idleAt = idle ? plus(idle.lastActivityAt, idle.afterMs) : null
  const candidates: readonly (readonly [SessionMs | null, ExpiryCause, extendable: boolean])[] = [
    [limits.session, 'session-limit', false],
    [rejected ? accessEndsAt(record) : null, 'refresh-rejected', false],
    [limits.refresh, 'refresh-limit', !limits.isRefreshFixed],
    // A session that the server refuses to renew ends with its token, whatever the user does.
    [idleAt, 'idle', !rejected],
  ]
  let earliest: Expiry | null = null
  for (const [at, cause, extendable] of candidates) {
    if (at === null) continue
    const dueAt = extendable ? sessionMs(Math.max(at, heldUntil)) : at
    if (dueAt < (earliest?.at ?? Infinity)) earliest = { at: dueAt, cause, extendable }
  }
  return earliest
}

/** When the access token expires, in session time; `null` when only a 401 can tell. */
export function accessEndsAt(record: SessionRecord): SessionMs | null {
  return record.lifetimeMs === null ? null : plus(requestedAt(record), record.lifetimeMs)
}

/** When the session ends; `Infinity` when no limit is known. */
export function endsAt(record: SessionRecord): SessionMs {
  return endOf(record)?.at ?? sessionMs(Infinity)
}

/** Whether the session has ended by `now`, because a limit has run out. */
export function isExpired(record: SessionRecord, now: SessionMs): boolean {
  return endsAt(record) <= now
}

/** The end reason for a limit that ran out. */
export function reasonOf(record: SessionRecord): EndReason {
  const cause = endOf(record)?.cause
  if (cause === 'idle' || cause === 'refresh-rejected') return cause
  // A single token is its own limit. That limit ran out because the server did not renew the token.
  const isOneToken = cause === 'refresh-limit' && record.limits.refresh === accessEndsAt(record)
  return isOneToken && isRefused(record) ? 'refresh-rejected' : 'session-limit'
}
