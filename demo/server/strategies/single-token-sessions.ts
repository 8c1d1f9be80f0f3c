import type { Config } from '../config.ts'
import type { Database } from '../database.ts'
import { beginFamily, endFamilies, type Login } from '../families.ts'
import { lockFamily, OVER, prolong, WITH_LIMITS, type Over } from '../family-limits.ts'
import { STANDING, WITH_ACCOUNT, type Policy, type Standing, type Verdict } from '../policy.ts'
import { lifeOf, type Life } from '../refresh-tokens.ts'
import { accessTtlOf, type SingleTokenMode } from './mode.ts'

/**
 * Sessions in which the access token is the client's only token. They are families without refresh tokens: listed with
 * the other devices of an account, ended in the same way, and within the same limits. They cannot detect theft, because
 * a token may be shown any number of times.
 */
export interface SingleTokenSessions {
  open(login: Login & { readonly mode: SingleTokenMode }): Promise<Life>
  /**
   * Says for whom the next token may be issued, or why none may. Nothing is spent: a repeated call is harmless and
   * allows another token. `idleMs` is how long ago the user was active, if that is known.
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
