import { sessionMs } from '../time/moments.ts'
import { isNewer, NO_SESSION, type SessionRecord } from './record.ts'

type Check = (value: unknown) => boolean
type Shape = Readonly<Record<string, Check>>

// The last moment that a clock can show (ECMAScript §21.4.1.1); an epoch begins at the time of a sign-in. Adding one to an epoch
// above 2^53 would not change it.
const LARGEST = 8.64e15

const isText: Check = (value) => typeof value === 'string'
const isNumber: Check = (value) => typeof value === 'number' && !isNaN(value)
const isCount: Check = (value) => isNumber(value) && Math.abs(value as number) <= LARGEST
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null || check(value)
const shaped =
  (shape: Shape): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(shape).every(([name, check]) => check((value as Record<string, unknown>)[name]))

const maybeText = maybe(isText)
const maybeNumber = maybe(isNumber)

const UNREADABLE = {
  ...NO_SESSION,
  status: 'logged-out',
  key: '',
  seenAt: sessionMs(0),
} as const

const hasIdentity = shaped({ session: isText, epoch: isCount, generation: isCount })
const isComplete = shaped({
  limits: shaped({ session: maybeNumber, refresh: maybeNumber, since: maybeNumber }),
  status: (value) => value === 'unknown' || value === 'logged-in' || value === 'logged-out',
  subject: maybeText,
  names: maybe(
    shaped({
      of: isText,
      own: maybeText,
      id: maybeText,
      access: maybeText,
      api: maybeText,
    }),
  ),
  sid: maybeText,
  seq: maybeNumber,
  key: isText,
  lastKey: maybeText,
  seenAt: isNumber,
  aheadMs: maybeNumber,
  answerMs: maybeNumber,
  issuedAtS: maybeNumber,
  accessExpiresAt: maybeNumber,
  lifetimeMs: maybeNumber,
  renewInMs: maybeNumber,
  failures: maybeNumber,
  pausedAt: maybeNumber,
  retryAt: maybeNumber,
  doubts: maybe(shaped({ times: isNumber, since: isNumber })),
  extendingAt: maybeNumber,
  answeredAt: maybeNumber,
  warnMs: maybeNumber,
  toldActiveAt: maybeNumber,
  idle: maybe(shaped({ afterMs: isNumber, lastActivityAt: isNumber })),
  attempt: maybe(
    shaped({ by: isText, startedAt: isNumber, waitMs: maybeNumber, hint: maybeNumber }),
  ),
  tombstone: maybe(shaped({ sid: maybeText })),
  end: maybe(shaped({ reason: isText, by: maybeText, at: isNumber })),
})

/**
 * The value as a record; `null` if it is not one. Storage can be written by any script of the origin, so types and ranges
 * are checked. A record of a newer version in another layout says only which session it is of (E3): nobody is signed in, as
 * far as this version can tell.
 */
export function parseRecord(value: unknown): SessionRecord | null {
  if (!hasIdentity(value)) return null
  const record = value as SessionRecord
  if (isComplete(value)) return record
  const { v, session, epoch, generation } = record
  return isNewer(value) ? { ...UNREADABLE, v, session, epoch, generation } : null
}
