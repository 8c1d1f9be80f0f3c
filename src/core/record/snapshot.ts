import {
  RESTORING,
  type SessionEnd,
  type SessionStart,
  type SessionState,
  type SessionWarning,
} from '../../session-state.ts'
import { claimsOf, type Tokens } from '../../tokens.ts'
import type { SessionRecord } from './record.ts'

/** The end of `before`, told by what followed it: nothing at all when storage was cleared. */
export function endOf(
  next: SessionRecord | null,
  before: SessionRecord,
  tabId: string,
  by: SessionStart['initiator'],
): SessionEnd {
  const told = next && recordedEnd(next, tabId)
  return (
    told ?? {
      reason: next ? 'user-switched' : 'storage-cleared',
      initiator: by === 'this-tab' ? by : 'other-tab',
      at: (next ?? before).seenAt,
      lastActivityAt: before.idle?.lastActivityAt ?? null,
      subject: before.subject,
    }
  )
}

/** The end that a record tells of, as this tab sees it. */
export function recordedEnd({ end }: SessionRecord, tabId: string): SessionEnd | null {
  if (!end) return null
  const { by, ...rest } = end
  return { ...rest, initiator: by === null ? 'server' : by === tabId ? 'this-tab' : 'other-tab' }
}

/** What the application sees of a record and the tokens at hand. */
export function stateOf(
  record: SessionRecord | null,
  tokens: Tokens | undefined,
  tabId: string,
  restoring: boolean,
  ending: { readonly at: number | null; readonly warning: SessionWarning | null },
): SessionState {
  if (restoring && record?.status !== 'logged-in') return RESTORING
  if (record?.status !== 'logged-in')
    return { ...RESTORING, status: 'logged-out', end: record && recordedEnd(record, tabId) }
  return {
    status: 'logged-in',
    subject: record.subject,
    claims: claimsOf(tokens?.accessToken),
    accessExpiresAt: record.accessExpiresAt,
    endsAt: ending.at,
    warning: ending.warning,
    end: null,
  }
}

/** Whether two states look the same: plain data of a few fields, claims included; what can be called does not count. */
export function isSameState(a: SessionState, b: SessionState): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
