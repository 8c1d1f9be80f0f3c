import type { Config } from './config.ts'
import type { Queries } from './database.ts'
import type { Life } from './refresh-tokens.ts'
import { Refusal } from './refusal.ts'
import type { Account } from './accounts.ts'
import { microseconds } from './session-news.ts'

/** What the policies look at: an account, and one sign-in of it. */
export interface Standing {
  readonly active: boolean
  /** The password was reset after this sign-in, so the user has to sign in again. */
  readonly passwordReset: boolean
  readonly signedInForS: number
}

/** Why a session may not go on, although its refresh token is valid. */
export type Verdict = 'deactivated' | 'password_reset' | 'sign_in_due'

/**
 * Rules of the company for its sessions, beside their limits. They are checked when a token is renewed and when a user
 * signs in, not on each request. So an account that is deactivated, even by hand in the database, is signed out within
 * the lifetime of one access token.
 */
export interface Policy {
  /** Why the session may not be renewed; `null` if it may. */
  verdict(standing: Standing): Verdict | null
  /**
   * Throws a `Refusal` unless the account may sign in. Locks the account until the transaction is over, so that it
   * cannot change meanwhile.
   */
  admit(tx: Queries, account: Account): Promise<void>
  /** Shortens the limits that a grant announces to what the policy allows, so that users are warned in time. */
  limit<Granted extends Life>(granted: Granted): Granted
}

/** Joins the account of a family. */
export const WITH_ACCOUNT =
  'JOIN (SELECT id, active, reauth_since FROM accounts) AS account ON account.id = account_id'

/** The columns of `Standing`, of a family with its account at the time `now`. */
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
      // The password was right when it was checked, but the account may have been changed since.
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
