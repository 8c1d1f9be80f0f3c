import type { Pause } from './pause.ts'
import type { Presence } from './presence.ts'
import { VERSION, type Access, type SessionRecord } from './record.ts'

// Every field of the group has to be named: a new one that is forgotten here does not compile.
type All<Group> = Record<keyof Group, unknown>

const NO_ACCESS = {
  accessExpiresAt: null,
  lifetimeMs: null,
  issuedAtS: undefined,
  renewInMs: undefined,
  rejected: undefined,
  livesOn: undefined,
  sealed: undefined,
} satisfies All<Access>

/** What a record says of pauses while there is none. */
export const NO_PAUSE: Record<keyof Pause, undefined> = {
  failures: undefined,
  pausedAt: undefined,
  retryAt: undefined,
}

const NO_PRESENCE = {
  idle: undefined,
  extendingAt: undefined,
  answeredAt: undefined,
  warnMs: undefined,
  toldActiveAt: undefined,
} satisfies All<Presence>

/** What each session has of its own from its beginning. */
type Own = 'session' | 'key' | 'epoch' | 'status' | 'seenAt'

/** What a record says when no user is signed in. */
export const NO_SESSION: All<Omit<SessionRecord, Own>> & Omit<SessionRecord, Own> = {
  v: VERSION,
  generation: 0,
  subject: null,
  names: undefined,
  sid: null,
  seq: null,
  lastKey: null,
  limits: { session: null, refresh: null },
  aheadMs: undefined,
  ...NO_ACCESS,
  ...NO_PAUSE,
  ...NO_PRESENCE,
  attempt: undefined,
  tombstone: undefined,
  end: undefined,
}
