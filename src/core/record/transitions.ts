import { claimsOf, lifetimeMsOf, subjectOf, type Tokens } from '../../tokens.ts'
import { plus, sessionMs, type SessionMs, type WallMs } from '../time/moments.ts'
import { accessEndsAt } from './expiry.ts'
import { namesIn } from './is-foreign.ts'
import type { Pause } from './pause.ts'
import { laterOf, warnMsOf, withPresence } from './presence.ts'
import { isRefreshFixed } from './renew-ahead.ts'
import {
  NO_PAUSE,
  NO_SESSION,
  type Attempt,
  type RecordedEnd,
  type SessionRecord,
  type Tombstone,
} from './record.ts'

// Every change of the record, by name. All of them are pure; those that change nothing return the very same object.

/** The random parts of a new session. Drawn once, before any write is tried (E2). */
export interface Draw {
  readonly session: string
  readonly key: string
}

/** Draws the random parts of a new session. */
export function draw(randomId: () => string): Draw {
  return { session: randomId(), key: randomId() }
}

/**
 * A new session, which the first refresh will tell about. Fields of other versions survive (E3). The key of a session that
 * was never renewed is kept: a tab that has just opened, or the earlier of two logins made at once, may be renewing the new
 * cookie with it already, and a refresh that repeats their step has to send the same key (E2).
 */
export function opened(previous: SessionRecord | null, drawn: Draw, now: WallMs): SessionRecord {
  return {
    ...previous,
    ...NO_SESSION,
    ...drawn,
    key: (previous && previous.generation < 2 && previous.key) || drawn.key,
    // Greater than any epoch that tabs may remember after storage was cleared under them.
    epoch: Math.max((previous?.epoch ?? 0) + 1, now),
    status: 'unknown',
    // A new session starts its own time.
    seenAt: sessionMs(now),
  }
}

/** How the next generation of a session came about. */
export interface Step {
  /** When the request for the tokens started, by both clocks. */
  readonly startedAt: { readonly wall: WallMs; readonly session: SessionMs }
  readonly nextKey: string
  /** The key with which the tokens were fetched. @default the key of the generation before */
  readonly usedKey?: string
  /** When the server made the access token, if that does not say it, in the server's own seconds. @default unknown */
  readonly issuedAtS?: number | undefined
  /** The latest activity that the server was told of with it. */
  readonly toldActiveAt?: SessionMs | undefined
  /** How long the answer took, if that is to be known (O1). */
  readonly answerMs?: number | undefined
}

/** What {@link renewed} needs to know. */
export interface Renewal extends Step {
  readonly tokens: Tokens
  readonly sealed: unknown
}

/** The next generation of a session. */
export function renewed(record: SessionRecord, renewal: Renewal): SessionRecord {
  const { tokens, sealed, startedAt, issuedAtS, answerMs = 0 } = renewal
  const lifetimeMs = lifetimeMsOf(tokens)
  // Some servers say 0 when there is no limit.
  const limit = (ms: number | undefined): SessionMs | null =>
    ms ? plus(startedAt.session, ms) : null
  const refresh = limit(tokens.refreshExpiresInMs)
  return {
    ...stepped(record, renewal),
    status: 'logged-in',
    subject: record.subject ?? subjectOf(tokens),
    names: namesIn(record, tokens),
    sid: tokens.sessionId ?? record.sid,
    seq: tokens.sequence ?? null,
    lifetimeMs,
    issuedAtS: claimsOf(tokens.accessToken)?.iat ?? issuedAtS,
    renewInMs: tokens.renewInMs,
    accessExpiresAt: lifetimeMs === null ? null : plus(startedAt.wall, lifetimeMs),
    sealed,
    limits: {
      // The absolute limit stays unless the server names it again; the new refresh token has its own limit.
      session: limit(tokens.sessionExpiresInMs) ?? record.limits.session,
      refresh,
      isRefreshFixed: isRefreshFixed(record, refresh, startedAt.session),
      since: startedAt.session,
    },
    answerMs: Math.max(record.answerMs ?? 0, answerMs) || undefined,
  }
}

/**
 * The next generation with the same tokens: the server says that they are the newest. They end when they would have ended,
 * and count as requested now with the life that they have left, so that the next renewal is due within that. If they should
 * have ended already, only a 401 can tell when they do.
 */
export function confirmed(record: SessionRecord, step: Step): SessionRecord {
  const since = step.startedAt.session
  const leftMs = (accessEndsAt(record) ?? since) - since
  return {
    ...stepped(record, step),
    lifetimeMs: leftMs > 0 ? leftMs : null,
    issuedAtS: record.issuedAtS ?? step.issuedAtS,
    limits: { ...record.limits, since },
  }
}

/** What each new generation of a session has in common. */
function stepped(
  record: SessionRecord,
  { startedAt, nextKey, usedKey = record.key, toldActiveAt }: Step,
): SessionRecord {
  return {
    ...record,
    generation: record.generation + 1,
    key: nextKey,
    lastKey: usedKey,
    rejected: undefined,
    livesOn: undefined,
    toldActiveAt,
    seenAt: sessionMs(Math.max(record.seenAt, startedAt.session)),
    ...NO_PAUSE,
    attempt: undefined,
    end: undefined,
  }
}

/** The end of a session, and why. Without `how` no user was signed in, and the last end is still to be told. */
export function ended(
  record: SessionRecord,
  drawn: Draw,
  how?: Pick<RecordedEnd, 'reason' | 'by' | 'at'>,
  tombstone?: Tombstone,
): SessionRecord {
  return {
    ...record,
    ...NO_SESSION,
    ...drawn,
    epoch: record.epoch + 1,
    status: 'logged-out',
    seenAt: sessionMs(Math.max(record.seenAt, how?.at ?? 0)),
    end: how
      ? { ...how, lastActivityAt: record.idle?.lastActivityAt ?? null, subject: record.subject }
      : record.end,
    tombstone,
  }
}

/** The user does not want to sign in again: the last end counts as a logout, in all tabs. */
export function declined(record: SessionRecord): SessionRecord {
  const { status, end } = record
  const isOver = status === 'logged-out' && end && end.reason !== 'logout'
  return isOver ? { ...record, end: { ...end, reason: 'logout' } } : record
}

/** The server refused to renew, and the access token is still good: the session ends when that expires. */
export function refused(record: SessionRecord, livesOn: boolean): SessionRecord {
  return { ...record, rejected: true, livesOn: livesOn || undefined, attempt: undefined }
}

/**
 * A refresh or the notice of a sign-out failed: no tab tries again during the pause, if there is one. With `mayArrive` the claim
 * stays: an answer may still bring its cookie.
 */
export function postponed(
  record: SessionRecord,
  pause: Partial<Pause>,
  mayArrive = false,
): SessionRecord {
  return {
    ...record,
    ...pause,
    attempt: mayArrive ? record.attempt : undefined,
  }
}

/** A pause of the back-off is over at once. A pause that the server asked for stays. */
export function hurried(record: SessionRecord): SessionRecord {
  return record.failures && record.retryAt ? { ...record, retryAt: undefined } : record
}

/** A tab is about to refresh. */
export function claimed(record: SessionRecord, attempt: Attempt): SessionRecord {
  return { ...record, attempt }
}

/** The user was active at that moment. Nothing changes when no tab has an idle timeout. */
export function active(record: SessionRecord, lastActivityAt: SessionMs): SessionRecord {
  return record.idle ? withPresence(record, { ...record.idle, lastActivityAt }) : record
}

/** An idle limit applies from now on, unless a shorter one does already. */
export function idleLimited(record: SessionRecord, afterMs: number, now: SessionMs): SessionRecord {
  const isLimited = (record.idle?.afterMs ?? Infinity) <= afterMs
  return isLimited ? record : withPresence(record, { afterMs, lastActivityAt: now })
}

/** The record under the idle limit of this page, which applies from `now` on; the same record if the page has no idle limit. */
export type Limit = (record: SessionRecord, now: SessionMs) => SessionRecord

/** A tab warns that long before an end; nothing changes if another one does so earlier. */
export function warnedFrom(record: SessionRecord, warnMs: number): SessionRecord {
  return warnMs > warnMsOf(record) ? { ...record, warnMs } : record
}

/** The user asked to stay. That ends a pause which only this browser has set. */
export function stayRequested(record: SessionRecord, askedAt: SessionMs): SessionRecord {
  return hurried({ ...record, extendingAt: laterOf(record.extendingAt, askedAt) })
}

/** The server has answered the user who asked to stay at that moment, or is not waited for any more. */
export function stayAnswered(record: SessionRecord, askedAt: SessionMs): SessionRecord {
  return { ...record, answeredAt: laterOf(record.answeredAt, askedAt) }
}

/** Session time is found to be that far ahead of the system clock. */
export function aheadBy(record: SessionRecord, aheadMs: number): SessionRecord {
  return { ...record, aheadMs }
}

/** The server knows of the sign-out. */
export function signOutTold(record: SessionRecord): SessionRecord {
  return record.tombstone ? { ...record, tombstone: undefined } : record
}
