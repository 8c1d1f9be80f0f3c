import type { SessionRecord } from './record.ts'

// A click in time is in time, however long the server takes to answer it.
const EXTENDING_MS = 15_000

/** The idle limit, and how far from it the session is. In session time; only ever moves on, but for the limit itself. */
export interface Idle {
  /** The shortest that any tab asks for. */
  readonly afterMs: number
  readonly lastActivityAt: number
  /** When somebody last asked to stay, whatever the server says to that; 0 for never. */
  readonly extendingAt: number
}

/** The record with what `idle` knows of its user; the very same if that is nothing new. */
export function withIdle(record: SessionRecord, idle: Idle): SessionRecord {
  const { idle: known = idle, seenAt } = record
  const merged = {
    afterMs: Math.min(known.afterMs, idle.afterMs),
    lastActivityAt: Math.max(known.lastActivityAt, idle.lastActivityAt),
    extendingAt: Math.max(known.extendingAt, idle.extendingAt),
  }
  const isNews =
    !record.idle ||
    merged.afterMs < known.afterMs ||
    merged.lastActivityAt > known.lastActivityAt ||
    merged.extendingAt > known.extendingAt
  return isNews
    ? { ...record, idle: merged, seenAt: Math.max(seenAt, merged.lastActivityAt) }
    : record
}

/** When the session ends if nobody comes back. */
export function idleEndsAt({ afterMs, lastActivityAt, extendingAt }: Idle): number {
  return Math.max(lastActivityAt + afterMs, extendingAt + EXTENDING_MS)
}

/** When somebody was last there, a wish to stay included; nothing where nobody watches. */
export function lastActiveAt({ idle }: SessionRecord): number | undefined {
  return idle && Math.max(idle.lastActivityAt, idle.extendingAt)
}

/** How long ago that was, in session time; `null` where nobody watches. */
export function idleForMs(record: SessionRecord, now: number): number | null {
  const activeAt = lastActiveAt(record)
  return activeAt === undefined ? null : Math.max(Math.round(now - activeAt), 0)
}
