import type { Accounts } from './accounts.ts'
import type { Database, Queries } from './database.ts'
import { endFamilies, familiesOfAccount, type FamilyEnd } from './families.ts'
import { FAMILY_ENDS_AT } from './family-limits.ts'
import { Refusal } from './refusal.ts'
import { drawSecret } from './secrets.ts'
import { changeAccount } from './session-news.ts'

/** What an administrator can do to an account, and what becomes of its sessions. */
const CHANGES = {
  activate: { set: 'active = true' },
  deactivate: { set: 'active = false', ends: 'deactivated', notToOneself: true },
  promote: { set: `role = 'admin'` },
  demote: { set: `role = 'user'`, notToOneself: true },
  // Somebody else may know the old one, and be in with it: whoever is has to show the new one.
  'reset-password': {
    set: 'password_hash = $2, reauth_since = clock_timestamp()',
    ends: 'password_reset',
  },
  'sign-out': { set: '', ends: 'ended_by_admin' },
} as const satisfies Readonly<Record<string, Consequences>>

interface Consequences {
  readonly set: string
  readonly ends?: FamilyEnd
  /** So that there is always an administrator left. */
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
  /** How many of its sessions live. */
  readonly sessions: number
}

/** Accounts in the hands of an administrator. Throws a `Refusal` for anybody else, whatever an access token says. */
export interface AccountChanges {
  /** The newest first, a few hundred at most; only those whose names hold `search`. */
  list(admin: string, search: string): Promise<ListedAccount[]>
  /** Returns the new password, if that was reset: it is known to nobody else. */
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
           FROM accounts WHERE strpos(lower(username), lower($1)) > 0
           ORDER BY created_at DESC LIMIT ${LONGEST_LIST}`,
          [search],
        )
      }),

    async make(admin, id, change) {
      const { set, ends, notToOneself }: Consequences = CHANGES[change]
      if (notToOneself === true && id === admin)
        throw new Refusal(409, 'own_account', 'Let another administrator do that to you.')
      const password =
        change === 'reset-password' ? drawSecret().slice(0, PASSWORD_LENGTH) : undefined
      // Before the transaction: it takes a while on purpose, and would hold others up.
      const parameters = password === undefined ? [] : [await accounts.hash(password)]
      await database.transaction(async (tx) => {
        await requireAdmin(tx, admin)
        // Before the families, as everybody does: a sign-in that is under way is either seen here, or sees what is done.
        const found = await tx.query('SELECT FROM accounts WHERE id = $1 FOR UPDATE', [id])
        if (found.length === 0) throw new Refusal(404, 'not_found', 'There is no such account.')
        if (ends !== undefined) await endFamilies(tx, ends, await familiesOfAccount(tx, id))
        await changeAccount(tx, id, set, ...parameters)
      })
      return password
    },
  }
}

/** An access token says what was true when it was made. Here it matters what is true now, and stays so until the end of the transaction. */
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
