import { randomBytes } from 'node:crypto'
import type { Database, Queries } from '../../database/database.ts'
import type { Accounts } from '../../server/accounts/accounts.ts'
import { Refusal } from '../../server/http/refusal.ts'
import type { Sessions } from '../../server/sessions.ts'
import { changeAccount, type AccountChange } from '../revocations/change-account.ts'
import { tell } from '../revocations/session-news.ts'

/** What an administrator can do to an account, and whether its sessions end by it. */
const CHANGES = {
  activate: { set: { active: true } },
  deactivate: { set: { active: false }, ends: 'deactivated', notToOneself: true },
  promote: { set: { role: 'admin' } },
  demote: { set: { role: 'user' }, notToOneself: true },
  // Another person may know the old password and be signed in with it, so all sessions have to sign in again.
  'reset-password': { ends: 'password_reset' },
  'sign-out': { ends: 'ended_by_admin' },
} as const satisfies Readonly<Record<string, Consequences>>

interface Consequences {
  readonly set?: AccountChange
  /** Why its sessions end. */
  readonly ends?: string
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
}

/** Accounts, as administrators manage them. Throws a `Refusal` for any other user, whatever the access token says. */
export interface AccountChanges {
  /** Lists the newest first, a hundred at most, each with the number of its live sessions; only those whose names contain `search`. */
  list(
    admin: string,
    search: string,
  ): Promise<readonly (ListedAccount & { readonly sessions: number })[]>
  /** Returns the new password if it was reset. It is not kept anywhere else. */
  make(admin: string, account: string, change: Change): Promise<string | undefined>
}

export function createAccountChanges(
  database: Database,
  accounts: Pick<Accounts, 'hash'>,
  sessions: Pick<Sessions, 'list' | 'endAll'>,
): AccountChanges {
  return {
    async list(admin, search) {
      await requireAdmin(database, admin)
      const listed = await database.query<ListedAccount>(
        `SELECT id, username, role, active, created_at FROM accounts
         WHERE strpos(lower(username), lower($1)) > 0 ORDER BY created_at DESC LIMIT 100`,
        [search],
      )
      return Promise.all(
        listed.map(async (account) => ({
          ...account,
          sessions: (await sessions.list(account.id)).length,
        })),
      )
    },

    async make(admin, id, change) {
      const { set, ends, notToOneself }: Consequences = CHANGES[change]
      if (notToOneself === true && id === admin)
        throw new Refusal(409, 'own_account', 'Let another administrator do that to you.')
      const password =
        change === 'reset-password' ? randomBytes(15).toString('base64url') : undefined
      // Hash before the transaction: that takes a while on purpose, and would hold other requests up.
      const reset = password === undefined ? {} : { passwordHash: await accounts.hash(password) }
      const news = await database.transaction(async (tx) => {
        await requireAdmin(tx, admin)
        return changeAccount(tx, id, { ...set, ...reset })
      })
      if (news === undefined) throw new Refusal(404, 'not_found', 'There is no such account.')
      // After the change: a session that begins meanwhile is ended here, or finds the change at its first renewal.
      if (ends !== undefined) await sessions.endAll(id, { reason: ends })
      await tell(database, news)
      return password
    },
  }
}

/**
 * An access token says what was true when it was signed. This needs what is true now, and keeps it so until the
 * transaction ends.
 */
async function requireAdmin(queries: Queries, id: string): Promise<void> {
  const found = await queries.query(
    `SELECT FROM accounts WHERE id = $1 AND role = 'admin' AND active FOR SHARE`,
    [id],
  )
  if (found.length === 0) throw notAdmin()
}

export function notAdmin(): Refusal {
  return new Refusal(403, 'forbidden', 'This is for administrators.')
}
