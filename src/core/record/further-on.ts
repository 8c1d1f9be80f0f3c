import { withIdle } from './presence.ts'
import { isAhead, type SessionRecord } from './record.ts'

/**
 * Whichever is further on. In one session the other may still know better of what only moves on, without a step: when
 * somebody was last there, and whether what there was to tell of a sign-out has been told.
 */
export function furtherOn(a: SessionRecord, b: SessionRecord | null): SessionRecord
export function furtherOn(a: SessionRecord | null, b: SessionRecord | null): SessionRecord | null
export function furtherOn(a: SessionRecord | null, b: SessionRecord | null): SessionRecord | null {
  const [ahead, other] = isAhead(b, a) ? [b, a] : [a, b]
  if (!ahead || ahead.session !== other?.session) return ahead
  const record = withWish(withoutTold(ahead, other), other)
  return other.idle ? withIdle(record, other.idle) : record
}

/** The record with the latest wish to stay that either knows of; the very same if that is its own. */
function withWish(record: SessionRecord, { extendingAt = 0 }: SessionRecord): SessionRecord {
  return extendingAt > (record.extendingAt ?? 0) ? { ...record, extendingAt } : record
}

/** The record without what the other has told already; the very same if that is nothing. */
function withoutTold(record: SessionRecord, other: SessionRecord): SessionRecord {
  const tombstone = other.tombstone && record.tombstone
  const end = other.end && record.end
  return tombstone === record.tombstone && end === record.end
    ? record
    : { ...record, tombstone, end }
}
