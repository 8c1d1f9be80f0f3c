import { misuse } from '../misuse.ts'

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

/** Some of the limits. The others are the defaults. */
export type GivenLimits = {
  readonly [Name in keyof SessionLimits]?: SessionLimits[Name] | undefined
}

const DAY_S = 24 * 60 * 60

const NAMES: readonly string[] = ['accessTtlS', 'refreshTtlS', 'sessionTtlS', 'idleTtlS']

/** The limits of a server that sets none. */
export const LIMITS: SessionLimits = {
  accessTtlS: 300,
  refreshTtlS: 30 * DAY_S,
  sessionTtlS: 90 * DAY_S,
}

/** The limits with some of them replaced. Throws a `TypeError` for one that is no number of seconds above 0. */
export function withLimits(limits: SessionLimits, own: GivenLimits | undefined): SessionLimits {
  const given = Object.entries(own ?? {}).filter(([, seconds]) => seconds !== undefined)
  for (const [name, seconds] of given) {
    if (!NAMES.includes(name)) throw misuse(`limits.${name}`, `one of ${NAMES.join(', ')}`, seconds)
    if (!(typeof seconds === 'number' && seconds > 0 && Number.isFinite(seconds)))
      throw misuse(`limits.${name}`, 'a number of seconds above 0', seconds)
  }
  return { ...limits, ...Object.fromEntries(given) }
}
