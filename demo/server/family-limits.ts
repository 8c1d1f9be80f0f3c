import { LONGEST_S, type Config } from './config.ts'
import type { Queries } from './database.ts'
import { optionalCount, type Body } from './request-body.ts'

/**
 * When a family ends unless something happens, as SQL over its row: at the earliest of its limits. The session limit
 * never moves, the one of the refresh token with each rotation, and the idle limit only with what is told of a user.
 */
export const FAMILY_ENDS_AT = 'least(session_ends_at, refresh_expires_at, idle_ends_at)'

/** The limits of one login. */
export type LoginLimits = Pick<Config, 'idleTtlS' | 'sessionTtlS'>

/** The server's own limits, or the shorter ones that a login asks for: `idle_ttl_s` and `session_ttl_s`. */
export function readLoginLimits(body: Body, { idleTtlS, sessionTtlS }: LoginLimits): LoginLimits {
  return {
    idleTtlS: Math.min(idleTtlS, optionalCount(body, 'idle_ttl_s') ?? idleTtlS),
    sessionTtlS: Math.min(sessionTtlS, optionalCount(body, 'session_ttl_s') ?? sessionTtlS),
  }
}

/**
 * Moves the limits of a family whose token is being rotated. `idleMs` is how long ago the user was active, as the client
 * tells it: a page that only polls does not stay alive, and one that tells nothing does not either.
 */
export async function prolong(
  tx: Queries,
  sid: string,
  idleMs: number | undefined,
  { refreshTtlS }: Pick<Config, 'refreshTtlS'>,
): Promise<void> {
  // Where nothing was told, the sum is NULL, which greatest() leaves out.
  await tx.query(
    `UPDATE families
     SET refresh_expires_at = greatest(refresh_expires_at,
           least(session_ends_at, clock_timestamp() + make_interval(secs => $2))),
         idle_ends_at = greatest(idle_ends_at,
           clock_timestamp() - make_interval(secs => $3) + make_interval(secs => idle_ttl_s))
     WHERE sid = $1`,
    [sid, refreshTtlS, idleMs === undefined ? null : Math.min(idleMs / 1000, LONGEST_S)],
  )
}
