import { LONGEST_S, type Config } from './config.ts'
import type { Queries } from './database.ts'
import { networkOf } from './network-of.ts'
import { optionalCount, type Body } from './request-body.ts'

/**
 * When a family ends, as SQL over its row: at the earliest of its limits. The session limit never moves. The limit of
 * the refresh token moves with each rotation, and the idle limit with reported activity only.
 */
export const FAMILY_ENDS_AT = 'least(session_ends_at, refresh_expires_at, idle_ends_at)'

/** Why a family is over. */
export type Over = 'revoked' | 'session-limit' | 'idle' | 'expired'

/** Why a family is over, as SQL; `NULL` while it is alive. Needs `WITH_LIMITS` in the `FROM`. */
export const OVER = `CASE WHEN ended_at IS NOT NULL THEN 'revoked'
                 WHEN ends_at > now THEN NULL
                 WHEN ends_at = session_ends_at THEN 'session-limit'
                 WHEN ends_at = idle_ends_at THEN 'idle'
                 ELSE 'expired' END`

/** Adds the current time, `now`, and the end of the family, `ends_at`, to the rows of families. */
export const WITH_LIMITS = `CROSS JOIN (SELECT clock_timestamp() AS now) AS clock
     CROSS JOIN LATERAL (SELECT ${FAMILY_ENDS_AT} AS ends_at) AS limits`

/**
 * Locks the row of a family until the transaction ends. Read it only after that: a statement sees what was committed
 * before it began.
 */
export async function lockFamily(tx: Queries, sid: string): Promise<void> {
  await tx.query('SELECT FROM families WHERE sid = $1 FOR UPDATE', [sid])
}

/** The limits of one login. */
export type LoginLimits = Pick<Config, 'idleTtlS' | 'sessionTtlS'>

/** The server's own limits, or shorter ones if the login asks for them: `idle_ttl_s` and `session_ttl_s`. */
export function readLoginLimits(body: Body, { idleTtlS, sessionTtlS }: LoginLimits): LoginLimits {
  return {
    idleTtlS: Math.min(idleTtlS, optionalCount(body, 'idle_ttl_s') ?? idleTtlS),
    sessionTtlS: Math.min(sessionTtlS, optionalCount(body, 'session_ttl_s') ?? sessionTtlS),
  }
}

/** How many networks of a session are kept: the latest ones. */
const NETWORKS = 8

/**
 * Moves the limits of a family whose token is being rotated, and notes its network. `idleMs` is how long ago the user
 * was active, as the client reports it. A page that only polls does not extend its idle limit, and neither does one
 * that reports nothing. A known network is not reported again when the device returns to it, such as a phone between
 * home and mobile data.
 */
export async function prolong(
  tx: Queries,
  sid: string,
  { idleMs, address }: { readonly idleMs: number | undefined; readonly address: string },
  { refreshTtlS }: Pick<Config, 'refreshTtlS'>,
): Promise<void> {
  // If nothing was reported, the sum is NULL, and greatest() ignores it.
  await tx.query(
    `UPDATE families
     SET refresh_expires_at = greatest(refresh_expires_at,
           least(session_ends_at, clock_timestamp() + make_interval(secs => $2))),
         idle_ends_at = greatest(idle_ends_at,
           clock_timestamp() - make_interval(secs => $3) + make_interval(secs => idle_ttl_s)),
         address = $4,
         moved_at = CASE WHEN $5 <> ALL (networks) THEN clock_timestamp() ELSE moved_at END,
         networks = CASE WHEN $5 = ANY (networks) THEN networks
                         ELSE (networks || $5)[greatest(1, cardinality(networks) + 2 - ${NETWORKS}):] END
     WHERE sid = $1`,
    [
      sid,
      refreshTtlS,
      idleMs === undefined ? null : Math.min(idleMs / 1000, LONGEST_S),
      address,
      networkOf(address),
    ],
  )
}
