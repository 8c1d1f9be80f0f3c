import { LONGEST_S, type Config } from './config.ts'
import type { Queries } from './database.ts'
import { networkOf } from './network-of.ts'
import { optionalCount, type Body } from './request-body.ts'

/**
 * When a family ends unless something happens, as SQL over its row: at the earliest of its limits. The session limit
 * never moves, the one of the refresh token with each rotation, and the idle limit only with what is told of a user.
 */
export const FAMILY_ENDS_AT = 'least(session_ends_at, refresh_expires_at, idle_ends_at)'

/** Why a family is over. */
export type Over = 'revoked' | 'session-limit' | 'idle' | 'expired'

/** Why a family is over, as SQL; `NULL` while it lives. Wants `WITH_LIMITS` in the `FROM`. */
export const OVER = `CASE WHEN ended_at IS NOT NULL THEN 'revoked'
                 WHEN ends_at > now THEN NULL
                 WHEN ends_at = session_ends_at THEN 'session-limit'
                 WHEN ends_at = idle_ends_at THEN 'idle'
                 ELSE 'expired' END`

/** Adds to the rows of families what time it is, `now`, and when each ends, `ends_at`. */
export const WITH_LIMITS = `CROSS JOIN (SELECT clock_timestamp() AS now) AS clock
     CROSS JOIN LATERAL (SELECT ${FAMILY_ENDS_AT} AS ends_at) AS limits`

/** Waits for a family, and keeps others waiting. First this, then the look: a statement sees what was committed before it began. */
export async function lockFamily(tx: Queries, sid: string): Promise<void> {
  await tx.query('SELECT FROM families WHERE sid = $1 FOR UPDATE', [sid])
}

/** The limits of one login. */
export type LoginLimits = Pick<Config, 'idleTtlS' | 'sessionTtlS'>

/** The server's own limits, or the shorter ones that a login asks for: `idle_ttl_s` and `session_ttl_s`. */
export function readLoginLimits(body: Body, { idleTtlS, sessionTtlS }: LoginLimits): LoginLimits {
  return {
    idleTtlS: Math.min(idleTtlS, optionalCount(body, 'idle_ttl_s') ?? idleTtlS),
    sessionTtlS: Math.min(sessionTtlS, optionalCount(body, 'session_ttl_s') ?? sessionTtlS),
  }
}

/** So many networks of a session are remembered, those it came from last. */
const NETWORKS = 8

/**
 * Moves the limits of a family whose token is being rotated, and notes where it is. `idleMs` is how long ago the user was
 * active, as the client tells it: a page that only polls does not stay alive, and one that tells nothing does not either.
 * A network counts as new once: a phone that goes back and forth between home and the road is not told of each time.
 */
export async function prolong(
  tx: Queries,
  sid: string,
  { idleMs, address }: { readonly idleMs: number | undefined; readonly address: string },
  { refreshTtlS }: Pick<Config, 'refreshTtlS'>,
): Promise<void> {
  // Where nothing was told, the sum is NULL, which greatest() leaves out.
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
