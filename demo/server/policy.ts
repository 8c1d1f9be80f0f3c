import type { Config } from './config.ts'
import type { Queries } from './database.ts'
import type { Life } from './refresh-tokens.ts'
import { Refusal } from './refusal.ts'
import type { Account } from './accounts.ts'
import { microseconds } from './session-news.ts'

/** All that the policies look at: an account, and one sign-in of it. */
export interface Standing {
  readonly active: boolean
  /** Somebody has set its password since: who signed in with the old one shall sign in again. */
  readonly passwordReset: boolean
  readonly signedInForS: number
}

/** Why a session may not go on, although its refresh token is good. */
export type Verdict = 'deactivated' | 'password_reset' | 'sign_in_due'

/**
 * What a company wants of its sessions, beside their limits. It is checked when a token is renewed and when somebody
 * signs in, never on each request: an account that is switched off, even by a hand in the database that tells nobody, is
 * out within the life of one access token.
 */
export interface Policy {
  /** What speaks against renewing. */
  verdict(standing: Standing): Verdict | null
  /** Throws a `Refusal` unless the account may sign in. Nothing can change it until the transaction is over. */
  admit(tx: Queries, account: Account): Promise<void>
  /** Lets what is handed out say when the policy will end it, so that its user is warned in time. */
  limit<Granted extends Life>(granted: Granted): Granted
}

/** Adds its account to a family. */
export const WITH_ACCOUNT =
  'JOIN (SELECT id, active, reauth_since FROM accounts) AS account ON account.id = account_id'

/** The columns of `Standing`, from a family with its account at the moment `now`. */
export const STANDING = `
  active                                                              AS "active",
  coalesce(reauth_since > coalesce(confirmed_at, created_at), false)  AS "passwordReset",
  extract(epoch FROM now - coalesce(confirmed_at, created_at))::float8 AS "signedInForS"`

export function createPolicy({ signInEveryS }: Pick<Config, 'signInEveryS'>): Policy {
  return {
    verdict({ active, passwordReset, signedInForS }) {
      if (!active) return 'deactivated'
      if (passwordReset) return 'password_reset'
      return signedInForS > signInEveryS ? 'sign_in_due' : null
    },

    async admit(tx, { id, changedAtUs }) {
      const [found] = await tx.query<{ active: boolean; changedAtUs: number | null }>(
        `SELECT active, ${microseconds('changed_at')} AS "changedAtUs" FROM accounts WHERE id = $1 FOR SHARE`,
        [id],
      )
      // The password was right when it was looked at, and may have been replaced since.
      if (found === undefined || (found.changedAtUs ?? 0) !== changedAtUs)
        throw new Refusal(
          401,
          'invalid_credentials',
          'The account has just been changed. Try again.',
        )
      if (!found.active)
        throw new Refusal(403, 'account_deactivated', 'This account has been deactivated.')
    },

    limit(granted) {
      const leftS = granted.authTimeS + signInEveryS - granted.issuedAtS
      return {
        ...granted,
        refreshExpiresInS: Math.min(granted.refreshExpiresInS, leftS),
        sessionExpiresInS: Math.min(granted.sessionExpiresInS, leftS),
        familyEndsInS: Math.min(granted.familyEndsInS, leftS),
      }
    },
  }
}
