import type { Idle } from '../core/record/presence.ts'
import { requestedAt, type SessionRecord } from '../core/record/record.ts'
import { plus, type SessionMs } from '../core/time/moments.ts'
import type { ExpiryCause } from '../session-state.ts'

/** The record of a session that ends at `at`, for this cause. */
export function endingAt(record: SessionRecord, cause: ExpiryCause, at: SessionMs): SessionRecord {
  const { limits } = record
  switch (cause) {
    case 'session-limit':
      return { ...record, limits: { ...limits, session: at } }
    case 'refresh-limit':
      return {
        ...record,
        limits: { ...limits, refresh: at },
        idle: record.idle ?? inactive(record),
      }
    case 'refresh-rejected':
      return {
        ...record,
        rejected: true,
        limits: { ...limits, since: plus(at, -(record.lifetimeMs ?? 0)) },
      }
    case 'idle': {
      const { afterMs = 15 * 60_000 } = record.idle ?? {}
      return { ...record, idle: { afterMs, lastActivityAt: plus(at, -afterMs) } }
    }
  }
}

/**
 * An idle limit that never ends the session, of a user who has not been active since the last renewal. For an active user
 * the refresh limit would be moved without a warning.
 */
function inactive(record: SessionRecord): Idle {
  return { afterMs: Infinity, lastActivityAt: requestedAt(record) }
}
