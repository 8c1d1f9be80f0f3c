import type { SessionRecord } from './record.ts'

/** The idle limit, and how far from it the session is. In session time; only ever moves on, but for the limit itself. */
export interface Idle {
  /** The shortest that any tab asks for. */
  readonly afterMs: number
  readonly lastActivityAt: number
}

/** The record with what `idle` knows of its user; the very same if that is nothing new. */
export function withIdle(record: SessionRecord, idle: Idle): SessionRecord {
  const { idle: known } = record
  const afterMs = Math.min(known?.afterMs ?? Infinity, idle.afterMs)
  const lastActivityAt = Math.max(known?.lastActivityAt ?? 0, idle.lastActivityAt)
  if (afterMs === known?.afterMs && lastActivityAt === known.lastActivityAt) return record
  return {
    ...record,
    idle: { afterMs, lastActivityAt },
    seenAt: Math.max(record.seenAt, lastActivityAt),
  }
}

/** The record once somebody was there at that moment; as it is where nobody watches. */
export function withActivity(record: SessionRecord, lastActivityAt: number): SessionRecord {
  return record.idle ? withIdle(record, { ...record.idle, lastActivityAt }) : record
}

/** A session in which nobody has watched, or not as strictly, is watched from now on; any other stays as it is. */
export function joined(
  record: SessionRecord,
  afterMs: number | undefined,
  now: number,
): SessionRecord {
  const isWatched = afterMs === undefined || (record.idle?.afterMs ?? Infinity) <= afterMs
  return isWatched ? record : withIdle(record, { afterMs, lastActivityAt: now })
}

/** When somebody was last there, a wish to stay included; nothing where nobody watches. */
export function lastActiveAt({ idle, extendingAt = 0 }: SessionRecord): number | undefined {
  return idle && Math.max(idle.lastActivityAt, extendingAt)
}

/** How long ago that was, in session time; `null` where nobody watches. */
export function idleForMs(record: SessionRecord, now: number): number | null {
  const activeAt = lastActiveAt(record)
  return activeAt === undefined ? null : Math.max(Math.round(now - activeAt), 0)
}
