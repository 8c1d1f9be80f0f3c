import {
  RESTORING,
  type SessionEnd,
  type SessionStart,
  type SessionState,
  type SessionWarning,
} from '../../session-state.ts'
import { claimsOf, type Tokens } from '../../tokens.ts'
import type { SessionRecord } from './record.ts'

/** The end of the session `before`, derived from what followed it; `null` follows when storage was cleared. */
export function endOf(
  next: SessionRecord | null,
  before: SessionRecord,
  tabId: string,
  by: SessionStart['initiator'],
): SessionEnd {
  const recorded = next && recordedEnd(next, tabId)
  return (
    recorded ?? {
      reason: next ? 'user-switched' : 'storage-cleared',
      initiator: by === 'this-tab' ? by : 'other-tab',
      at: (next ?? before).seenAt,
      lastActivityAt: before.idle?.lastActivityAt ?? null,
      subject: before.subject,
    }
  )
}

/** The end that a record holds, as this tab sees it. */
export function recordedEnd({ end }: SessionRecord, tabId: string): SessionEnd | null {
  if (!end) return null
  const { by, ...rest } = end
  return { ...rest, initiator: by === null ? 'server' : by === tabId ? 'this-tab' : 'other-tab' }
}

/** What a tab adds to its record and tokens for the application to see. */
export interface Shown extends Pick<SessionState, 'parked' | 'cover'> {
  /** When the session ends, by the system clock. */
  readonly at: number | null
  readonly warning: SessionWarning | null
}

/** The state that the application sees, from a record and the tokens at hand. */
export function stateOf(
  record: SessionRecord | null,
  tokens: Tokens | undefined,
  tabId: string,
  restoring: boolean,
  { at, warning, parked, cover }: Shown,
): SessionState {
  const nothing = { ...RESTORING, parked, cover }
  if (record?.status === 'logged-in')
    return {
      ...nothing,
      status: 'logged-in',
      subject: record.subject,
      claims: claimsOf(tokens?.accessToken),
      accessExpiresAt: record.accessExpiresAt,
      endsAt: at,
      warning,
    }
  if (restoring) return nothing
  return { ...nothing, status: 'logged-out', end: record && recordedEnd(record, tabId) }
}

/** Whether two states look the same: plain data of a few fields, claims included. The functions of a warning do not count. */
export function isSameState(a: SessionState, b: SessionState): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
