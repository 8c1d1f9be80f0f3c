import type { Config } from '../config.ts'
import type { Database } from '../database.ts'
import { beginFamily, endFamilies, type Login } from '../families.ts'
import { lockFamily, OVER, prolong, WITH_LIMITS, type Over } from '../family-limits.ts'
import { STANDING, WITH_ACCOUNT, type Policy, type Standing, type Verdict } from '../policy.ts'
import { lifeOf, type Life } from '../refresh-tokens.ts'
import { accessTtlOf, type SingleTokenMode } from './mode.ts'

/**
 * Sessions whose access token is all that their client has. They are families without refresh tokens: listed with the
 * other devices of an account, ended as those are, and within the same limits. What a family of this kind cannot do is
 * to notice theft: a token may be shown any number of times.
 */
export interface SingleTokenSessions {
  open(login: Login & { readonly mode: SingleTokenMode }): Promise<Life>
  /**
   * Says for whom the next token may be issued, or why none may. Nothing is spent: to ask twice is harmless, and brings a
   * token twice. `idleMs` is how long ago the user was active, as far as is known.
   */
  goOn(
    sid: string,
    mode: SingleTokenMode,
    seen: { readonly idleMs: number | undefined; readonly address: string },
  ): Promise<Life | { readonly over: Over | Verdict | 'unknown' }>
}

export function createSingleTokenSessions(
  database: Database,
  policy: Policy,
  config: Pick<Config, 'accessTtlS' | 'renewTtlS' | 'refreshTtlS'>,
): SingleTokenSessions {
  return {
    open: (login) =>
      database.transaction(async (tx) =>
        policy.limit(await lifeOf(tx, await beginFamily(tx, policy, login, config))),
      ),

    goOn: (sid, mode, seen) =>
      database.transaction(async (tx) => {
        await lockFamily(tx, sid)
        const [family] = await tx.query<Standing & { over: Over | null }>(
          `SELECT ${OVER} AS over, ${STANDING} FROM families ${WITH_ACCOUNT} ${WITH_LIMITS}
           WHERE sid = $1 AND mode = $2`,
          [sid, mode],
        )
        if (family === undefined) return { over: 'unknown' }
        if (family.over !== null) return { over: family.over }
        const verdict = policy.verdict(family)
        if (verdict !== null) {
          await endFamilies(tx, verdict, [sid])
          return { over: verdict }
        }
        await prolong(tx, sid, seen, { refreshTtlS: accessTtlOf(mode, config) })
        return policy.limit(await lifeOf(tx, sid))
      }),
  }
}
