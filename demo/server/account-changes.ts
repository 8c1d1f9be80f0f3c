import type { Accounts } from './accounts.ts'
import { canonicalName } from './canonical-name.ts'
import type { Database, Queries } from './database.ts'
import { endFamilies, familiesOfAccount, type FamilyEnd } from './families.ts'
import { FAMILY_ENDS_AT } from './family-limits.ts'
import { Refusal } from './refusal.ts'
import { drawSecret } from './secrets.ts'
import { changeAccount } from './session-news.ts'

/** What an administrator can do to an account, and whether its sessions end by it. */
const CHANGES = {
  activate: { set: 'active = true' },
  deactivate: { set: 'active = false', ends: 'deactivated', notToOneself: true },
  promote: { set: `role = 'admin'` },
  demote: { set: `role = 'user'`, notToOneself: true },
  // Another person may know the old password and be signed in with it, so all sessions have to sign in again.
  'reset-password': {
    set: 'password_hash = $2, reauth_since = clock_timestamp()',
    ends: 'password_reset',
  },
  'sign-out': { set: '', ends: 'ended_by_admin' },
} as const satisfies Readonly<Record<string, Consequences>>

interface Consequences {
  readonly set: string
  readonly ends?: FamilyEnd
  /** Administrators cannot make this change to their own account, so that there is always one left. */
  readonly notToOneself?: boolean
}

export type Change = keyof typeof CHANGES

export function isChange(name: string): name is Change {
  return Object.hasOwn(CHANGES, name)
}

/** An account as an administrator sees it. */
export interface ListedAccount {
  readonly id: string
  readonly username: string
  readonly role: string
  readonly active: boolean
  readonly created_at: Date
  /** The number of its sessions that are alive. */
  readonly sessions: number
}

/** Accounts, as administrators manage them. Throws a `Refusal` for any other user, whatever the access token says. */
export interface AccountChanges {
  /** Lists the newest first, a few hundred at most; only those whose names contain `search`. */
  list(admin: string, search: string): Promise<ListedAccount[]>
  /** Returns the new password if it was reset. It is not kept anywhere else. */
  make(admin: string, account: string, change: Change): Promise<string | undefined>
}

const LONGEST_LIST = 200
const PASSWORD_LENGTH = 20

export function createAccountChanges(
  database: Database,
  accounts: Pick<Accounts, 'hash'>,
): AccountChanges {
  return {
    list: (admin, search) =>
      database.transaction(async (tx) => {
        await requireAdmin(tx, admin)
        return tx.query<ListedAccount>(
          `SELECT id, username, role, active, created_at,
                  (SELECT count(*)::int FROM families
                   WHERE account_id = accounts.id AND ended_at IS NULL
                     AND ${FAMILY_ENDS_AT} > clock_timestamp()) AS sessions
           FROM accounts WHERE strpos(canonical_name, $1) > 0
           ORDER BY created_at DESC LIMIT ${LONGEST_LIST}`,
          [canonicalName(search)],
        )
      }),

    async make(admin, id, change) {
      const { set, ends, notToOneself }: Consequences = CHANGES[change]
      if (notToOneself === true && id === admin)
        throw new Refusal(409, 'own_account', 'Let another administrator do that to you.')
      const password =
        change === 'reset-password' ? drawSecret().slice(0, PASSWORD_LENGTH) : undefined
      // Hash before the transaction: that takes a while on purpose, and would hold other requests up.
      const parameters = password === undefined ? [] : [await accounts.hash(password)]
      await database.transaction(async (tx) => {
        await requireAdmin(tx, admin)
        // Lock the account before its families, as all callers do: a sign-in under way is either seen here, or sees
        // this change.
        const found = await tx.query('SELECT FROM accounts WHERE id = $1 FOR UPDATE', [id])
        if (found.length === 0) throw new Refusal(404, 'not_found', 'There is no such account.')
        if (ends !== undefined) await endFamilies(tx, ends, await familiesOfAccount(tx, id))
        await changeAccount(tx, id, set, ...parameters)
      })
      return password
    },
  }
}

/**
 * An access token says what was true when it was signed. This needs what is true now, and keeps it so until the
 * transaction ends.
 */
async function requireAdmin(tx: Queries, id: string): Promise<void> {
  const found = await tx.query(
    `SELECT FROM accounts WHERE id = $1 AND role = 'admin' AND active FOR SHARE`,
    [id],
  )
  if (found.length === 0) throw notAdmin()
}

export function notAdmin(): Refusal {
  return new Refusal(403, 'forbidden', 'This is for administrators.')
}
