import { withLimits, type GivenLimits, type SessionLimits } from './limits.ts'
import type { Session } from './sessions.ts'

/**
 * What a store keeps of a session: one small document, which does not grow. Times are in epoch milliseconds. Nothing in
 * it can be used as a token: it holds hashes, and a salt that makes a token only together with secrets that are not stored.
 */
export interface SessionDocument<Data = unknown> {
  /** The name of the session. Every refresh token of it contains this name. */
  readonly sid: string
  readonly subject: string
  /** 1 when the session starts, and one more with each change. */
  readonly version: number
  /** The hash of the secret that all refresh tokens of this session contain. */
  readonly family: string
  /** The number of the newest refresh token, the leaf. */
  readonly seq: number
  /** The hash of the leaf. */
  readonly leaf: string
  /** How the last few tokens before the leaf were spent, the newest first. */
  readonly spent: readonly Spent[]
  /**
   * The salt with which the leaf was derived from the token before it and the key with which that was spent. Gone once the
   * leaf is spent.
   */
  readonly salt?: string | undefined
  readonly startedAt: number
  /** The last renewal. Time never runs backwards within a document, even if the store's clock does. */
  readonly seenAt: number
  /** The absolute limit. It never moves. */
  readonly sessionEndsAt: number
  /** When the leaf expires. Moves with each rotation. */
  readonly refreshEndsAt: number
  /** When the session ends unless the user is active before; missing if there is no idle limit. */
  readonly idleEndsAt?: number
  readonly idleTtlS?: number
  /** The lives of its tokens in seconds, where its sign-in wanted others than the server's. */
  readonly accessTtlS?: number
  readonly refreshTtlS?: number
  /** It began with a token of another make, which must not begin it again. */
  readonly isForeign?: true
  readonly end?: SessionEnd
  /** What the application keeps with the session, as JSON. */
  readonly data: Data
}

/** How a session has ended. */
export interface SessionEnd {
  /** Epoch milliseconds. */
  readonly at: number
  readonly reason: string
  /** When its last access token has expired, in epoch milliseconds: until then a verifier has to refuse them. */
  readonly until: number
}

/** How a refresh token was spent. */
export interface Spent {
  readonly at: number
  /** The hash of the `Idempotency-Key`; missing if none was sent. */
  readonly key?: string
}

/** Why a session is over: the reason of its end, or the limit that it has reached. */
export type Over =
  { readonly by: 'end'; readonly reason: string } | { readonly by: 'session' | 'refresh' | 'idle' }

/**
 * How many spent tokens a document remembers however long ago they were spent, and how many in all. Those that were spent
 * within a minute are remembered as well: a request may be under way for so long while its client has repeated it, and
 * has gone on with several rotations. Its key then says that it is no theft (S5).
 */
const REMEMBERED = 3
const MOST_REMEMBERED = 16
const UNDER_WAY_S = 60

/** The time of a document: never before its last renewal. */
export function timeIn(document: SessionDocument, now: number): number {
  return Math.max(now, document.seenAt)
}

/** When the first limit of a session ends it. */
export function endsAt({ sessionEndsAt, refreshEndsAt, idleEndsAt }: SessionDocument): number {
  return Math.min(sessionEndsAt, refreshEndsAt, idleEndsAt ?? Infinity)
}

/** Why a session is over at this time; `undefined` while it is alive. */
export function overAt(document: SessionDocument, at: number): Over | undefined {
  if (document.end) return { by: 'end', reason: document.end.reason }
  const end = endsAt(document)
  if (end > at) return undefined
  if (end === document.sessionEndsAt) return { by: 'session' }
  return { by: end === document.idleEndsAt ? 'idle' : 'refresh' }
}

/** Until when a store has to keep a document. The access tokens of an ended session are good for a while longer. */
export function keepUntil(document: SessionDocument, accessTtlS: number): number {
  // As long as the application may know the token of another make, the document says that it has been used.
  const until = document.isForeign ? document.sessionEndsAt : endsAt(document)
  return until + (document.accessTtlS ?? accessTtlS) * 1000
}

/** A session that begins, with its first refresh token, the limits of the server and those of its own. */
export function started<Data>(
  born: Pick<SessionDocument<Data>, 'sid' | 'subject' | 'family' | 'seq' | 'leaf' | 'data'>,
  limits: SessionLimits,
  own: GivenLimits | undefined,
  at: number,
): SessionDocument<Data> {
  const { accessTtlS, refreshTtlS, sessionTtlS, idleTtlS } = withLimits(limits, own)
  const sessionEndsAt = at + sessionTtlS * 1000
  return {
    ...born,
    version: 1,
    spent: [],
    startedAt: at,
    seenAt: at,
    sessionEndsAt,
    refreshEndsAt: Math.min(sessionEndsAt, at + refreshTtlS * 1000),
    ...(idleTtlS !== undefined && { idleTtlS, idleEndsAt: idleEnd(at, idleTtlS, accessTtlS) }),
    ...(own?.accessTtlS !== undefined && { accessTtlS }),
    ...(own?.refreshTtlS !== undefined && { refreshTtlS }),
    ...(born.seq === 0 && { isForeign: true }),
  }
}

/** The server hears of activity only with the next renewal, so it allows the life of an access token more. */
function idleEnd(activeAt: number, idleTtlS: number, accessTtlS: number): number {
  return activeAt + (idleTtlS + accessTtlS) * 1000
}

/** The rotation of a refresh token. */
export interface Rotation<Data> {
  readonly leaf: string
  readonly salt: string | undefined
  /** The hash of the `Idempotency-Key`. */
  readonly key: string | undefined
  /** How long the user has been idle, in milliseconds, if the client says so. */
  readonly idleMs: number | undefined
  readonly data: Data
}

/** What moves the limits of a session that goes on. */
export interface Prolongation {
  /** How long the user has been idle, in milliseconds, if the client says so. */
  readonly idleMs: number | undefined
  readonly refreshTtlS: number
  readonly accessTtlS: number
}

/** The limits of a session that goes on: the refresh limit moves, and the idle limit by what the client reports. */
export function prolonged(
  { idleTtlS, idleEndsAt, sessionEndsAt, refreshEndsAt, ...own }: SessionDocument,
  { idleMs, refreshTtlS, accessTtlS }: Prolongation,
  at: number,
): Pick<SessionDocument, 'refreshEndsAt' | 'idleEndsAt'> {
  return {
    refreshEndsAt: Math.max(refreshEndsAt, Math.min(sessionEndsAt, at + refreshTtlS * 1000)),
    // A page that only polls does not move its idle limit, and neither does one that reports nothing.
    ...(idleMs !== undefined &&
      idleTtlS !== undefined &&
      idleEndsAt !== undefined && {
        idleEndsAt: Math.max(
          idleEndsAt,
          idleEnd(at - idleMs, idleTtlS, own.accessTtlS ?? accessTtlS),
        ),
      }),
  }
}

/** The document after its leaf was spent. */
export function rotated<Data>(
  document: SessionDocument<Data>,
  { leaf, salt, key, idleMs, data }: Rotation<Data>,
  { limits, graceS }: { readonly limits: SessionLimits; readonly graceS: number },
  at: number,
): SessionDocument<Data> {
  const { refreshTtlS = limits.refreshTtlS } = document
  const spent = [{ at, ...(key !== undefined && { key }) }, ...document.spent].filter(
    (token, index) => index < REMEMBERED || at - token.at < Math.max(graceS, UNDER_WAY_S) * 1000,
  )
  return {
    ...document,
    version: document.version + 1,
    seq: document.seq + 1,
    leaf,
    spent: spent.slice(0, MOST_REMEMBERED),
    salt,
    seenAt: at,
    ...prolonged(document, { idleMs, refreshTtlS, accessTtlS: limits.accessTtlS }, at),
    data,
  }
}

/** The document of a session that has ended. No token opens it again, so it keeps no secrets. */
export function ended<Data>(
  document: SessionDocument<Data>,
  reason: string,
  accessTtlS: number,
  at: number,
): SessionDocument<Data> & { readonly end: SessionEnd } {
  return {
    ...document,
    version: document.version + 1,
    salt: undefined,
    spent: [],
    end: { at, reason, until: at + (document.accessTtlS ?? accessTtlS) * 1000 },
  }
}

/** The document with other data of the application. */
export function withData<Data>(document: SessionDocument<Data>, data: Data): SessionDocument<Data> {
  return { ...document, version: document.version + 1, data }
}

/** What the application sees of a session. */
export function sessionOf<Data>(document: SessionDocument<Data>): Session<Data> {
  const { sid, subject, seq, startedAt, seenAt, end, data } = document
  return { sid, subject, seq, startedAt, seenAt, endsAt: endsAt(document), end, data }
}
