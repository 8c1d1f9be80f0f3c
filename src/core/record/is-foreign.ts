import { claimsOf, subIn, type Tokens } from '../../tokens.ts'
import type { SessionRecord } from './record.ts'

/**
 * What tokens call their user. A user may have several names, one in the ID token and one for each API (pairwise, OpenID
 * Connect Core §8), and not every answer has an ID token. So a name is compared only with the name that the same kind of
 * token had before.
 */
export interface Names {
  /** The session that they were told in. An earlier version does not know this field, and leaves it in the next session. */
  readonly of: string
  /** By the transport's own account. */
  readonly own?: string | undefined
  /** In the ID token. */
  readonly id?: string | undefined
  /** In the access token for `api`, its audience. */
  readonly access?: string | undefined
  readonly api?: string | undefined
}

/** The names that were told in the session of `record`, with those in `tokens`. */
export function namesIn(
  { session, names }: Pick<SessionRecord, 'session' | 'names'>,
  tokens: Tokens,
): Names {
  const known = names?.of === session ? names : undefined
  const access = subIn(tokens.accessToken)
  return {
    of: session,
    own: tokens.subject ?? known?.own,
    id: subIn(tokens.idToken) ?? known?.id,
    ...(access === undefined
      ? { access: known?.access, api: known?.api }
      : { access, api: String(claimsOf(tokens.accessToken)?.['aud']) }),
  }
}

/** Whether two lists of names are of one user; `undefined` if they have no kind of name in common. */
export function isOneUser(a: Names | undefined, b: Names | undefined): boolean | undefined {
  if (!a || !b) return undefined
  if (a.own !== undefined && b.own !== undefined) return a.own === b.own
  if (a.id !== undefined && b.id !== undefined) return a.id === b.id
  const isForOneApi = a.access !== undefined && b.access !== undefined && a.api === b.api
  return isForOneApi ? a.access === b.access : undefined
}

/** Whether two sessions are of one user; `undefined` if that cannot be known, because the tokens of one name no user. */
export function isSameUser(
  a: Pick<SessionRecord, 'subject' | 'names'>,
  b: Pick<SessionRecord, 'subject' | 'names'>,
): boolean | undefined {
  const isOne = isOneUser(a.names, b.names)
  // A session of a visitor has no subject, whatever its tokens are called.
  if (a.subject === null || b.subject === null) return isOne && undefined
  return isOne ?? a.subject === b.subject
}

/**
 * Whether tokens belong to another session than `record`, or to another user, as far as the tokens tell (E1). `spent` are
 * the tokens they were fetched with, where script can read them.
 */
export function isForeign(
  { session, sid, subject, names }: SessionRecord,
  brought: Tokens,
  spent: Tokens | null,
): boolean {
  if (sid !== null && (brought.sessionId ?? sid) !== sid) return true
  const told = namesIn({ session }, brought)
  const known = names?.of === session ? names : spent && namesIn({ session }, spent)
  if (known) return isOneUser(known, told) === false
  // Version 0.1.0 wrote only the subject, and not what kind of token it came from.
  const found: readonly unknown[] = [told.own, told.id, told.access].filter(Boolean)
  return subject !== null && found.length > 0 && !found.includes(subject)
}
