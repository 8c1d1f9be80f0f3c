import type { Database, Queries } from '../../database/database.ts'
import type { Config } from '../../config.ts'
import type { Extension } from '../../server/extension.ts'
import { Refusal } from '../../server/http/refusal.ts'
import { fingerprintOf } from '../../server/accounts/accounts.ts'
import type { Session } from '../../server/sessions.ts'

declare module '../../server/sessions.ts' {
  interface SessionData {
    readonly standing?: Standing
  }
}

declare module '../../server/access-tokens.ts' {
  interface AccessClaims {
    readonly role?: string
    /** When the user last entered the password (OpenID Connect Core §2), in Unix seconds. */
    readonly auth_time?: number
    /** The last change of the account at the time of signing: see revocations.ts. Left out before the first change. */
    readonly changed_at?: number
  }
}

/** What a session knows of its account. */
export interface Standing {
  readonly role: string
  /** The last change of the account, in Unix microseconds; 0 before the first change. */
  readonly changedAtUs: number
  /** Of the passwords that it goes on with: the one that it was signed in with, and one that it has set itself. */
  readonly passwords: readonly string[]
  /** When the user last entered the password within the session, in epoch milliseconds. */
  readonly confirmedAt?: number
}

interface Found {
  readonly role: string
  readonly active: boolean
  readonly changedAtUs: number
  readonly passwordHash: string
  readonly nowMs: number
}

/**
 * Rules of the company for its sessions, beside their limits. They are checked when a token is renewed and when a user
 * signs in, not on each request. So an account that is deactivated, even by hand in the database, is signed out within
 * the lifetime of one access token.
 *
 * Sessions go by the password that they were signed in with. So a password that is replaced ends them all at their next
 * renewal, also one whose sign-in was under way at that moment.
 */
export function policies(
  database: Database,
  { signInEveryS }: Pick<Config, 'signInEveryS'>,
): Extension {
  return {
    async signIn(signIn) {
      const { account } = signIn
      const found = await look(database, account.id)
      if (found?.active !== true)
        throw new Refusal(403, 'account_deactivated', 'This account has been deactivated.')
      const { role, changedAtUs } = found
      const standing = { role, changedAtUs, passwords: [fingerprintOf(account.passwordHash)] }
      return { ...signIn, data: { ...signIn.data, standing } }
    },

    async beforeRefresh(session) {
      const { data } = session
      const found = await look(database, session.subject)
      if (found?.active !== true || data.standing === undefined) return { end: 'deactivated' }
      if (!data.standing.passwords.includes(fingerprintOf(found.passwordHash)))
        return { end: 'password_reset' }
      if (found.nowMs - signedInAt(session) > signInEveryS * 1000)
        return { end: 'sign_in_due', error: 'session_expired' }
      const { role, changedAtUs } = found
      const isKnown = role === data.standing.role && changedAtUs === data.standing.changedAtUs
      return isKnown
        ? undefined
        : { data: { ...data, standing: { ...data.standing, role, changedAtUs } } }
    },

    accessToken(token, session) {
      const { role, changedAtUs = 0 } = session.data.standing ?? {}
      const authTimeS = Math.floor(signedInAt(session) / 1000)
      const leftS = signedInAt(session) / 1000 + signInEveryS - token.issuedAtS
      return {
        ...token,
        claims: {
          ...token.claims,
          role,
          auth_time: authTimeS,
          ...(changedAtUs > 0 && { changed_at: changedAtUs }),
        },
        expiresAtS: Math.min(token.expiresAtS, Math.floor(token.issuedAtS + Math.max(leftS, 1))),
        // Announced as a limit of the session, so that users are warned in time.
        ...(leftS * 1000 < session.endsAt - token.issuedAtS * 1000 && {
          answer: { ...token.answer, session_expires_in: Math.round(leftS) },
        }),
      }
    },
  }
}

/** When the user last entered the password, in epoch milliseconds. */
function signedInAt({ startedAt, data }: Session): number {
  return data.standing?.confirmedAt ?? startedAt
}

async function look(queries: Queries, id: string): Promise<Found | undefined> {
  const [found] = await queries.query<Found>(
    `SELECT role, active, password_hash AS "passwordHash",
            coalesce(extract(epoch FROM changed_at) * 1000000, 0)::float8 AS "changedAtUs",
            (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs"
     FROM accounts WHERE id = $1`,
    [id],
  )
  return found
}
