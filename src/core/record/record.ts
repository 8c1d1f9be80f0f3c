import type { EndReason } from '../../session-state.ts'
import { sessionMs, type SessionMs, type WallMs } from '../time/moments.ts'
import type { Names } from './is-foreign.ts'
import type { Pause } from './pause.ts'
import type { Presence } from './presence.ts'

/** The version of the record that this code writes. */
export const VERSION = 1

/**
 * What all tabs share about a session. `epoch` orders sign-ins and sign-outs, `generation` the renewals within one, the
 * random `session` identifies (E1).
 *
 * The layout in storage is flat and stays as it is: tabs of two releases write the same record while a new one is
 * deployed. What belongs together is grouped by type, so the compiler rejects a reset that misses a field.
 */
export interface SessionRecord extends Access, Paused, Presence {
  /** The version of this layout. */
  readonly v: number
  readonly session: string
  readonly epoch: number
  readonly generation: number
  /** `unknown`: there may be a session, in a cookie that only the server can judge. */
  readonly status: 'unknown' | 'logged-in' | 'logged-out'
  /** What the application is told: the first name that tokens had for the user. */
  readonly subject: string | null
  /** The names of the user in this session's tokens, by kind of token. */
  readonly names?: Names | undefined
  /** The server's id of the session, and the number of its refresh token; `null` where the server names none. */
  readonly sid: string | null
  readonly seq: number | null
  /** The idempotency key of the next refresh, drawn when this generation was committed (E2). */
  readonly key: string
  /** The key of the refresh that made this generation. */
  readonly lastKey: string | null
  readonly limits: Limits
  /** The longest that a refresh of this session has taken, where no idempotency key protects it (O1). @default unknown */
  readonly answerMs?: number | undefined
  /** How far session time had come when this was written (E4). */
  readonly seenAt: SessionMs
  /** How far session time is ahead of the system clock, if that was set back in this session (E4). @default 0 */
  readonly aheadMs?: number | undefined
  /** The tab that refreshes now, where no lock or no idempotency key keeps the others from trying too (O1, L0). */
  readonly attempt?: Attempt | undefined
  /** The sign-out that the server is still to be told of. */
  readonly tombstone?: Tombstone | undefined
  /** Why the last session ended, until the next one is known. */
  readonly end?: RecordedEnd | undefined
}

/** The pause that all tabs are under, if there is one. */
export type Paused = { readonly [Field in keyof Pause]?: Pause[Field] | undefined }

/** The access token of a generation. */
export interface Access {
  readonly accessExpiresAt: WallMs | null
  readonly lifetimeMs: number | null
  /** When the server says that it made the access token, in its own seconds. */
  readonly issuedAtS?: number | undefined
  /** How long after it was requested the access token is to be renewed, if not shortly before it expires. */
  readonly renewInMs?: number | undefined
  /** The server refused to renew; the session ends with its access token. */
  readonly rejected?: boolean | undefined
  /** It did because another application renews the session with the same cookie: the end of this one is not told to the server. */
  readonly livesOn?: boolean | undefined
  /** The tokens, as the token storage sealed them. Never mirrored. */
  readonly sealed?: unknown
}

/** The server's limits; `null` when it named none. */
export interface Limits {
  readonly session: SessionMs | null
  readonly refresh: SessionMs | null
  /** Renewing does not move the refresh limit. */
  readonly isRefreshFixed?: boolean | undefined
  /** When the tokens of this generation were requested. Absent in a generation that version 0.1.0 has written. */
  readonly since?: SessionMs | undefined
}

/** A tab's claim to be the one that refreshes. */
export interface Attempt {
  /** The tab's id. */
  readonly by: string
  readonly startedAt: WallMs
  /** For how long the tab waits for its answer. @default 10 seconds, as version 0.1.0 did */
  readonly waitMs?: number | undefined
  /** A fingerprint of the readable cookie that the server sets beside the refresh token, before its answer. @default unknown */
  readonly hint?: number | undefined
}

/** A sign-out that the server may not have heard of yet. */
export interface Tombstone {
  readonly sid: string | null
  readonly everywhere: boolean
  readonly sealed?: unknown
}

/** Why the last session ended, and which tab ended it (`null`: the server). */
export interface RecordedEnd {
  readonly reason: EndReason
  readonly by: string | null
  readonly at: SessionMs
  readonly lastActivityAt: SessionMs | null
  readonly subject: string | null
}

/** What a record says when no tab has to wait. */
export const NO_PAUSE: Readonly<Record<keyof Pause, undefined>> = {
  failures: undefined,
  pausedAt: undefined,
  retryAt: undefined,
  doubts: undefined,
}

/** What each session has of its own from its beginning. */
type Own = 'session' | 'key' | 'epoch' | 'status' | 'seenAt'

/** What a record says when no user is signed in. A new field of the record that is forgotten here does not compile. */
export const NO_SESSION: Omit<SessionRecord, Own> &
  Record<keyof Omit<SessionRecord, Own>, unknown> = {
  v: VERSION,
  generation: 0,
  subject: null,
  names: undefined,
  sid: null,
  seq: null,
  lastKey: null,
  limits: { session: null, refresh: null },
  answerMs: undefined,
  aheadMs: undefined,
  accessExpiresAt: null,
  lifetimeMs: null,
  issuedAtS: undefined,
  renewInMs: undefined,
  rejected: undefined,
  livesOn: undefined,
  sealed: undefined,
  ...NO_PAUSE,
  idle: undefined,
  extendingAt: undefined,
  answeredAt: undefined,
  warnMs: undefined,
  toldActiveAt: undefined,
  attempt: undefined,
  tombstone: undefined,
  end: undefined,
}

/**
 * Whether a newer version has written this value (E3). Takes any value that was found in storage, because the record of a
 * newer version may have another layout.
 */
export function isNewer(stored: unknown): boolean {
  return ((stored as Partial<SessionRecord> | null | undefined)?.v ?? 0) > VERSION
}

/** The new record; `undefined` if what is there is not what the change was meant for. */
export type Change = (current: SessionRecord | null) => SessionRecord | undefined

/** Whether it is known when the tokens of this generation were requested. */
export function isTimed({ limits, lifetimeMs }: SessionRecord): boolean {
  return limits.since !== undefined || lifetimeMs !== null
}

/** When the tokens of this generation were requested, if that is known ({@link isTimed}). */
export function requestedAt({ limits, accessExpiresAt, lifetimeMs }: SessionRecord): SessionMs {
  // Version 0.1.0 wrote no `since`, and took the system clock for session time here.
  return limits.since ?? sessionMs((accessExpiresAt ?? 0) - (lifetimeMs ?? 0))
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

/** A change of one session alone; whatever it returns unchanged is not written. */
export function inSession(
  session: string,
  change: (current: SessionRecord) => SessionRecord | undefined,
): Change {
  return (current) => {
    const next = current?.session === session ? change(current) : undefined
    return next === current ? undefined : next
  }
}
