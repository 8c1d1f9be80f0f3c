import type { Session } from './sessions.ts'

/**
 * What a store keeps of a session: one small document, which does not grow. Times are in epoch milliseconds. Nothing in
 * it can be used as a token: it holds hashes, and a successor sealed under secrets that are not stored.
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
  /** The hash of the leaf's own secret. */
  readonly leaf: string
  /** How the last few tokens before the leaf were spent, the newest first. */
  readonly spent: readonly Spent[]
  /** The leaf, sealed under the token before it and the key with which that was spent. Gone once the leaf is spent. */
  readonly sealed?: string | undefined
  readonly startedAt: number
  /** The last change. Time never runs backwards within a document, even if the store's clock does. */
  readonly seenAt: number
  /** The absolute limit. It never moves. */
  readonly sessionEndsAt: number
  /** When the leaf expires. Moves with each rotation. */
  readonly refreshEndsAt: number
  /** When the session ends unless the user is active before; missing if there is no idle limit. */
  readonly idleEndsAt?: number
  /** How long after the last reported activity that is. */
  readonly idleTtlS?: number
  /** The life of its access tokens, if its sign-in wanted another than the server's. */
  readonly accessTtlS?: number | undefined
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

/** The lives of tokens and sessions, in seconds. */
export interface SessionLimits {
  /** Of an access token. @default 300 */
  readonly accessTtlS: number
  /** Of a refresh token that is not used. @default 30 days */
  readonly refreshTtlS: number
  /** Of the whole session, however active its user is (the absolute timeout of OWASP). @default 90 days */
  readonly sessionTtlS: number
  /** How long a user may be idle. @default no limit */
  readonly idleTtlS?: number | undefined
}

/** Why a session is over: the reason of its end, or the limit that it has reached. */
export type Over =
  { readonly by: 'end'; readonly reason: string } | { readonly by: 'session' | 'refresh' | 'idle' }

/** How many spent tokens a document remembers beyond those in the grace period, and how many in all. */
const REMEMBERED = 3
const MOST_REMEMBERED = 16

/** The time of a document: never before its last change. */
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
  return endsAt(document) + (document.accessTtlS ?? accessTtlS) * 1000
}

/** A session that begins, with its first refresh token. */
export function started<Data>(
  born: Pick<
    SessionDocument<Data>,
    'sid' | 'subject' | 'family' | 'seq' | 'leaf' | 'accessTtlS' | 'data'
  >,
  limits: SessionLimits,
  at: number,
): SessionDocument<Data> {
  const { accessTtlS, refreshTtlS, sessionTtlS, idleTtlS } = limits
  const sessionEndsAt = at + sessionTtlS * 1000
  // The server hears of activity only with the next renewal, so it waits for the life of an access token more.
  const waitsS = idleTtlS === undefined ? undefined : idleTtlS + accessTtlS
  return {
    ...born,
    version: 1,
    spent: [],
    startedAt: at,
    seenAt: at,
    sessionEndsAt,
    refreshEndsAt: Math.min(sessionEndsAt, at + refreshTtlS * 1000),
    ...(waitsS !== undefined && { idleTtlS: waitsS, idleEndsAt: at + waitsS * 1000 }),
  }
}

/** The rotation of a refresh token. */
export interface Rotation<Data> {
  readonly leaf: string
  readonly sealed: string | undefined
  readonly key: string | undefined
  /** How long the user has been idle, in milliseconds, if the client says so. */
  readonly idleMs: number | undefined
  readonly data: Data
}

/** The limits of a session that goes on: the refresh limit moves, and the idle limit by what the client reports. */
export function prolonged(
  { idleTtlS, idleEndsAt, sessionEndsAt, refreshEndsAt }: SessionDocument,
  idleMs: number | undefined,
  refreshTtlS: number,
  at: number,
): Pick<SessionDocument, 'refreshEndsAt' | 'idleEndsAt'> {
  return {
    refreshEndsAt: Math.max(refreshEndsAt, Math.min(sessionEndsAt, at + refreshTtlS * 1000)),
    // A page that only polls does not move its idle limit, and neither does one that reports nothing.
    ...(idleMs !== undefined &&
      idleTtlS !== undefined &&
      idleEndsAt !== undefined && {
        idleEndsAt: Math.max(idleEndsAt, at - idleMs + idleTtlS * 1000),
      }),
  }
}

/** The document after its leaf was spent. */
export function rotated<Data>(
  document: SessionDocument<Data>,
  { leaf, sealed, key, idleMs, data }: Rotation<Data>,
  { refreshTtlS, graceS }: { readonly refreshTtlS: number; readonly graceS: number },
  at: number,
): SessionDocument<Data> {
  const spent = [{ at, ...(key !== undefined && { key }) }, ...document.spent].filter(
    (token, index) => index < REMEMBERED || at - token.at < graceS * 1000,
  )
  return {
    ...document,
    version: document.version + 1,
    seq: document.seq + 1,
    leaf,
    spent: spent.slice(0, MOST_REMEMBERED),
    sealed,
    seenAt: at,
    ...prolonged(document, idleMs, refreshTtlS, at),
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
    sealed: undefined,
    spent: [],
    seenAt: at,
    end: { at, reason, until: at + (document.accessTtlS ?? accessTtlS) * 1000 },
  }
}

/** The document with other data of the application. */
export function withData<Data>(
  document: SessionDocument<Data>,
  data: Data,
  at: number,
): SessionDocument<Data> {
  return { ...document, version: document.version + 1, seenAt: at, data }
}

/** What the application sees of a session. */
export function sessionOf<Data>(document: SessionDocument<Data>): Session<Data> {
  const { sid, subject, seq, startedAt, seenAt, end, data } = document
  return { sid, subject, seq, startedAt, seenAt, endsAt: endsAt(document), end, data }
}
