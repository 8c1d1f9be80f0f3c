import type { Tokens } from '../../tokens.ts'
import { laterOf, warnMsOf, withPresence } from './presence.ts'
import type { SessionRecord } from './record.ts'
import { warnedFrom } from './transitions.ts'

// Every answer to "which of two is further on": records, generations of one session, refresh tokens of one family.

/** Whether `a` is further on than `b`. */
export function isAhead(a: SessionRecord | null, b: SessionRecord | null): boolean {
  if (!a || !b) return a !== null
  return a.epoch === b.epoch ? a.generation > b.generation : a.epoch > b.epoch
}

/** Whether `current` still has the tokens of `record`: what has changed since leaves them alone. */
export function isSameGeneration(
  current: SessionRecord | null,
  record: SessionRecord,
): current is SessionRecord {
  return current?.session === record.session && current.generation === record.generation
}

/**
 * The one that is further on. Of one session the other may still know more of what moves on without a new generation:
 * how far session time has come (E4), when the user was last active or asked to stay, how early a tab warns, and whether
 * the server has been told of a sign-out.
 */
export function furtherOn(a: SessionRecord, b: SessionRecord | null): SessionRecord
export function furtherOn(a: SessionRecord | null, b: SessionRecord | null): SessionRecord | null
export function furtherOn(a: SessionRecord | null, b: SessionRecord | null): SessionRecord | null {
  const [ahead, other] = isAhead(b, a) ? [b, a] : [a, b]
  if (!ahead || ahead.session !== other?.session) return ahead
  const untold = withoutTold(ahead, other)
  const record = warnedFrom(withLaterMoments(untold, other), warnMsOf(other))
  return other.idle ? withPresence(record, other.idle) : record
}

/**
 * The stored record, completed by what IndexedDB has not got yet; the very same object if nothing is missing. The
 * tokens with which the server can be told of a sign-out are in the stored record alone.
 */
export function completed(
  stored: SessionRecord | null,
  others: readonly (SessionRecord | null)[],
): SessionRecord | null {
  const record = others.reduce(furtherOn, stored)
  if (!record?.tombstone || record === stored) return record
  const sealed = stored?.tombstone?.sealed ?? stored?.sealed
  return { ...record, tombstone: { ...record.tombstone, sealed } }
}

/** Whether these tokens are spent: the session they belong to was renewed before they were handed in here. */
export function isSpent({ sequence }: Tokens, { seq }: SessionRecord): boolean {
  return seq !== null && sequence !== undefined && seq > sequence
}

/** Whether the server's cookie is one step behind the record: the one step whose key is still known. */
export function isStepBehind(
  sequence: number | undefined,
  { seq }: SessionRecord,
): sequence is number {
  return sequence !== undefined && sequence + 1 === seq
}

/** Whether the server's cookie is further on than the record. */
export function isPast(sequence: number | undefined, { seq }: SessionRecord): sequence is number {
  return sequence !== undefined && seq !== null && sequence > seq
}

function withLaterMoments(record: SessionRecord, other: SessionRecord): SessionRecord {
  const seenAt = laterOf(record.seenAt, other.seenAt)
  const extendingAt = laterOf(record.extendingAt, other.extendingAt)
  const answeredAt = laterOf(record.answeredAt, other.answeredAt)
  const isComplete =
    seenAt === record.seenAt &&
    extendingAt === record.extendingAt &&
    answeredAt === record.answeredAt
  return isComplete ? record : { ...record, seenAt, extendingAt, answeredAt }
}

function withoutTold(record: SessionRecord, other: SessionRecord): SessionRecord {
  return record.tombstone && !other.tombstone ? { ...record, tombstone: undefined } : record
}
