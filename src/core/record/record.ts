import { claimsOf, lifetimeMsOf, subjectOf, type Tokens } from '../../tokens.ts'
import type { EndReason } from '../../session-state.ts'
import type { Idle } from './presence.ts'

/** The version of the record that this code writes. */
export const VERSION = 1

/**
 * The one truth about a session, shared by all tabs. `epoch` orders sign-ins and sign-outs, `generation` the renewals
 * within one, the random `session` identifies (E1). Times are epoch milliseconds.
 */
export interface SessionRecord {
  readonly v: number
  readonly session: string
  readonly epoch: number
  readonly generation: number
  /** `unknown`: there may be a session, in a cookie that only the server can judge. */
  readonly status: 'unknown' | 'logged-in' | 'logged-out'
  readonly subject: string | null
  readonly sid: string | null
  readonly seq: number | null
  /** The idempotency key of the next refresh, drawn when this generation was committed (E2). */
  readonly key: string
  /** The one of the refresh that made this generation. */
  readonly lastKey: string | null
  readonly accessExpiresAt: number | null
  readonly lifetimeMs: number | null
  /** When the server says that it made the access token, in its own seconds. */
  readonly issuedAtS?: number | undefined
  /** How long after it was fetched the access token is to be renewed, if not shortly before it expires. */
  readonly renewInMs?: number | undefined
  readonly limits: Limits
  /** Who is at the page; nothing where nobody watches. */
  readonly idle?: Idle | undefined
  /** When somebody last asked to stay, whatever the server says to that. In session time. */
  readonly extendingAt?: number | undefined
  /** How far session time has been seen to go (E4). */
  readonly seenAt: number
  /** The latest activity that the server has been told of, with the renewal that made this generation. */
  readonly toldActiveAt?: number | undefined
  /** The server refused to renew; the session ends with its access token. */
  readonly rejected?: boolean | undefined
  /** No refresh between these moments, in any tab. */
  readonly pausedAt?: number | undefined
  readonly retryAt?: number | undefined
  /** How many attempts have failed in a row, for the back-off; 0 when the server itself named `retryAt`. */
  readonly failures?: number | undefined
  /** Who is refreshing, where no lock or no key says so (O1, L0). */
  readonly attempt?: { readonly by: string; readonly startedAt: number } | undefined
  readonly tombstone?: Tombstone | undefined
  readonly end?: RecordedEnd | undefined
  /** The tokens, as the token storage sealed them. Never mirrored. */
  readonly sealed?: unknown
}

/** The server's limits; `null` when it named none. */
export interface Limits {
  readonly session: number | null
  readonly refresh: number | null
  /** Renewing does not move the refresh limit. */
  readonly isRefreshFixed?: boolean | undefined
}

/** A sign-out that the server may not have heard of yet. */
export interface Tombstone {
  readonly sid: string | null
  readonly everywhere: boolean
  readonly sealed?: unknown
}

/** Why the last session ended, and which tab said so (`null`: the server). */
export interface RecordedEnd {
  readonly reason: EndReason
  readonly by: string | null
  readonly at: number
  readonly lastActivityAt: number | null
  readonly subject: string | null
}

/** The value as a record; `null` when it is none. */
export function parseRecord(value: unknown): SessionRecord | null {
  const record = value as Partial<SessionRecord> | null | undefined
  const isRecord =
    typeof record?.session === 'string' &&
    [record.epoch, record.generation].every(Number.isFinite) &&
    typeof record.limits === 'object' &&
    record.limits !== (null as unknown)
  return isRecord ? (record as SessionRecord) : null
}

/** Whether `a` is further on than `b`. */
export function isAhead(a: SessionRecord | null, b: SessionRecord | null): boolean {
  if (!a || !b) return a !== null
  return a.epoch === b.epoch ? a.generation > b.generation : a.epoch > b.epoch
}

/** Whether nothing has happened since `record` but what leaves its tokens alone. */
export function isSameGeneration(
  current: SessionRecord | null,
  record: SessionRecord,
): current is SessionRecord {
  return current?.session === record.session && current.generation === record.generation
}

/** What may be known outside IndexedDB: all but the tokens. */
export function withoutTokens(record: SessionRecord): SessionRecord {
  const { tombstone } = record
  return {
    ...record,
    sealed: undefined,
    tombstone: tombstone && { ...tombstone, sealed: undefined },
  }
}

/** What a new session has by chance. Drawn once, before any write is tried (E2). */
export interface Draw {
  readonly session: string
  readonly key: string
}

/** Draws what a new session needs. */
export function draw(randomId: () => string): Draw {
  return { session: randomId(), key: randomId() }
}

const NO_SESSION = {
  v: VERSION,
  generation: 0,
  subject: null,
  sid: null,
  seq: null,
  lastKey: null,
  accessExpiresAt: null,
  lifetimeMs: null,
  issuedAtS: undefined,
  renewInMs: undefined,
  limits: { session: null, refresh: null },
  idle: undefined,
  extendingAt: undefined,
  toldActiveAt: undefined,
  rejected: undefined,
  pausedAt: undefined,
  retryAt: undefined,
  failures: undefined,
  attempt: undefined,
  tombstone: undefined,
  end: undefined,
  sealed: undefined,
} as const

/** A session that the first refresh will tell about. Fields of other versions survive (E3). */
export function opened(previous: SessionRecord | null, drawn: Draw, at: number): SessionRecord {
  return {
    ...previous,
    ...NO_SESSION,
    ...drawn,
    // Beyond any that tabs may remember after storage was cleared under them.
    epoch: Math.max((previous?.epoch ?? 0) + 1, at),
    status: 'unknown',
    seenAt: at,
  }
}

/** What {@link renewed} needs to know. */
export interface Renewal {
  readonly tokens: Tokens
  readonly sealed: unknown
  /** The wall clock and the session clock when the request for the tokens started. */
  readonly startedAt: { readonly wall: number; readonly session: number }
  readonly nextKey: string
  /** With which the tokens were fetched. @default the key of the generation before */
  readonly usedKey?: string
  /** The latest activity that the server was told of with it. */
  readonly toldActiveAt?: number | undefined
}

/** The next generation of a session. */
export function renewed(
  record: SessionRecord,
  { tokens, sealed, startedAt, nextKey, usedKey = record.key, toldActiveAt }: Renewal,
): SessionRecord {
  const lifetimeMs = lifetimeMsOf(tokens)
  const limit = (ms: number | undefined): number | null =>
    // Some servers say 0 where they mean that there is none.
    ms ? startedAt.session + ms : null
  const refreshLimit = limit(tokens.refreshExpiresInMs)
  return {
    ...record,
    generation: record.generation + 1,
    status: 'logged-in',
    subject: record.subject ?? subjectOf(tokens),
    sid: tokens.sessionId ?? record.sid,
    seq: tokens.sequence ?? null,
    key: nextKey,
    lastKey: usedKey,
    lifetimeMs,
    issuedAtS: claimsOf(tokens.accessToken)?.iat,
    renewInMs: tokens.renewInMs,
    accessExpiresAt: lifetimeMs === null ? null : startedAt.wall + lifetimeMs,
    // The absolute limit stays unless the server names it anew; the refresh token is a new one, with a limit of its own.
    limits: {
      session: limit(tokens.sessionExpiresInMs) ?? record.limits.session,
      refresh: refreshLimit,
      isRefreshFixed: isFixed(record, refreshLimit, startedAt.wall),
    },
    toldActiveAt,
    seenAt: Math.max(record.seenAt, startedAt.session),
    rejected: undefined,
    pausedAt: undefined,
    retryAt: undefined,
    failures: undefined,
    attempt: undefined,
    end: undefined,
    sealed,
  }
}

/** Whether the refresh limit has stayed where it was, while time went on. Too soon to tell: as before. */
function isFixed(
  { limits, accessExpiresAt, lifetimeMs }: SessionRecord,
  refreshLimit: number | null,
  renewedAt: number,
): boolean | undefined {
  if (limits.refresh === null || refreshLimit === null) return undefined
  const elapsedMs = renewedAt - ((accessExpiresAt ?? renewedAt) - (lifetimeMs ?? 0))
  // Limits are told in whole seconds.
  if (elapsedMs < 4_000) return limits.isRefreshFixed
  return refreshLimit - limits.refresh < elapsedMs / 2
}

/** No session, and why. `tombstone` stays until the server has heard of it. Without `how` there was none to speak of. */
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
    seenAt: Math.max(record.seenAt, how?.at ?? 0),
    end: how
      ? { ...how, lastActivityAt: record.idle?.lastActivityAt ?? null, subject: record.subject }
      : record.end,
    tombstone,
  }
}
