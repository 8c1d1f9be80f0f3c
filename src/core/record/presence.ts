import { sessionMs, type SessionMs } from '../time/moments.ts'
import type { SessionRecord } from './record.ts'

/** When the user was last active and asked to stay, as the record knows it. */
export interface Presence {
  /** The idle limit, and the last activity; `undefined` when no tab has an idle timeout. */
  readonly idle?: Idle | undefined
  /** When the user last asked to stay, whatever the server answers. */
  readonly extendingAt?: SessionMs | undefined
  /** Up to when requests to stay are answered, or no longer waited for. */
  readonly answeredAt?: SessionMs | undefined
  /** How long before an end the earliest tab warns, if that is longer than a minute. */
  readonly warnMs?: number | undefined
  /** The latest activity that the server was told of, with the renewal that made this generation. */
  readonly toldActiveAt?: SessionMs | undefined
}

/** The idle limit, and how far from it the session is. */
export interface Idle {
  /** The shortest limit of any tab. */
  readonly afterMs: number
  readonly lastActivityAt: SessionMs
}

/** The record with the later activity and the shorter limit of the two; the very same object if it has both already. */
export function withPresence(record: SessionRecord, idle: Idle): SessionRecord {
  const { idle: known } = record
  const afterMs = Math.min(known?.afterMs ?? Infinity, idle.afterMs)
  const lastActivityAt = sessionMs(Math.max(known?.lastActivityAt ?? 0, idle.lastActivityAt))
  if (afterMs === known?.afterMs && lastActivityAt === known.lastActivityAt) return record
  return {
    ...record,
    idle: { afterMs, lastActivityAt },
    seenAt: sessionMs(Math.max(record.seenAt, lastActivityAt)),
  }
}

/** How long before an end a tab may warn. Other tabs share activity, and move limits, in time for that. */
export function warnMsOf({ warnMs = 60_000 }: Presence): number {
  return warnMs
}

/** The later of two moments, as far as they are known. */
export function laterOf(a: SessionMs, b: SessionMs | undefined): SessionMs
export function laterOf(a: SessionMs | undefined, b: SessionMs | undefined): SessionMs | undefined
export function laterOf(a: SessionMs | undefined, b: SessionMs | undefined): SessionMs | undefined {
  return a === undefined || (b ?? 0) > a ? b : a
}

/** When the user was last active, a request to stay included; `undefined` when no tab has an idle timeout. */
export function lastActiveAt({
  idle,
  extendingAt = sessionMs(0),
}: Presence): SessionMs | undefined {
  return idle && sessionMs(Math.max(idle.lastActivityAt, extendingAt))
}

/** How long ago that was; `null` when no tab has an idle timeout. */
export function idleForMs(presence: Presence, now: SessionMs): number | null {
  const activeAt = lastActiveAt(presence)
  return activeAt === undefined ? null : Math.max(Math.round(now - activeAt), 0)
}
