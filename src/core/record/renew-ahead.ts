import { sessionMs, type SessionMs } from '../time/moments.ts'
import { lastActiveAt, warnMsOf } from './presence.ts'
import { isNewer, isTimed, requestedAt, type SessionRecord } from './record.ts'

// By so much may one request be slower than another.
const LATENCY_MS = 15_000

/** Whether the user has been active since these tokens were requested; taken for granted when no tab has an idle timeout. */
export function isInUse(record: SessionRecord): boolean {
  return (lastActiveAt(record) ?? Infinity) > requestedAt(record)
}

/**
 * Whether a tab renews before any request asks for it. A renewal is not activity, and a hidden page needs a token only
 * when it sends requests. A record of a newer version is not renewed (E3). With a transport that `slides`, only sessions
 * with an idle timeout renew by themselves.
 */
export function renewsAhead(record: SessionRecord, isVisible: boolean, slides: boolean): boolean {
  const isOver = record.status === 'logged-out' || record.rejected || isNewer(record)
  return !isOver && isVisible && isInUse(record) && (!slides || !!record.idle)
}

/**
 * When to renew because of the refresh limit: early enough to spare the user a warning, but no earlier than half way
 * through its life. `Infinity` for a limit that does not move, or whose length is not known.
 */
export function limitDueAt(record: SessionRecord): SessionMs {
  const { refresh, isRefreshFixed } = record.limits
  if (refresh === null || isRefreshFixed || !isTimed(record)) return sessionMs(Infinity)
  return sessionMs(Math.max(refresh - 2 * warnMsOf(record), (requestedAt(record) + refresh) / 2))
}

/**
 * Whether the refresh limit has stayed where it was while time went on. After too short a time: as before. `undefined` if one
 * of the two limits is not known.
 */
export function isRefreshFixed(
  record: SessionRecord,
  refresh: SessionMs | null,
  renewedAt: SessionMs,
): boolean | undefined {
  const { limits } = record
  if (limits.refresh === null || refresh === null) return undefined
  const elapsedMs = renewedAt - requestedAt(record)
  // Servers name limits in whole seconds.
  if (!isTimed(record) || elapsedMs < 4_000) return limits.isRefreshFixed
  // A fixed limit seems to move if one request is slower than the other. A limit that moves may have moved long ago, if the
  // server repeats an old answer.
  return refresh - limits.refresh < Math.min(elapsedMs / 2, LATENCY_MS)
}
