import type { Queries } from '../../database/database.ts'
import type { Config } from '../../config.ts'
import type { Extension } from '../../server/extension.ts'
import { hasSingleToken, type Mode } from './mode.ts'

declare module '../../server/sessions.ts' {
  interface SessionData {
    /** How the session is kept; missing: `rotating`. It keeps the mode with which it began. */
    readonly mode?: Mode
  }
}

/** Lets each session begin in the mode of its account, or in that of the server. */
export function modes(
  queries: Queries,
  { mode: own, accessTtlS, renewTtlS }: Pick<Config, 'mode' | 'accessTtlS' | 'renewTtlS'>,
): Extension {
  return {
    async signIn(signIn) {
      const [account] = await queries.query<{ mode: Mode | null }>(
        'SELECT mode FROM accounts WHERE id = $1',
        [signIn.account.id],
      )
      const mode = account?.mode ?? own
      if (mode === 'rotating') return signIn
      const data = { ...signIn.data, mode }
      if (!hasSingleToken(mode)) return { ...signIn, data }
      const tokenTtlS = mode === 'renew' ? renewTtlS : accessTtlS
      return {
        ...signIn,
        data,
        delivery: 'none',
        limits: {
          ...signIn.limits,
          accessTtlS: tokenTtlS,
          refreshTtlS: renewableS(tokenTtlS),
        },
      }
    },
  }
}

/**
 * How long a session without a refresh token can be renewed: until its token has expired. That is rounded up to a whole
 * second.
 */
export function renewableS(tokenTtlS: number): number {
  return tokenTtlS + 1
}
