import type { Database } from '../../database/database.ts'
import { canonicalName } from '../../server/accounts/canonical-name.ts'
import type { Config } from '../../config.ts'
import type { Log } from '../../server/log.ts'
import { changeAccount } from '../revocations/change-account.ts'
import { tell } from '../revocations/session-news.ts'

/**
 * Makes the account that the settings name an administrator. Throws if it does not exist: otherwise anyone could
 * register that name, and the next start would promote them.
 */
export async function appointAdmin(
  database: Database,
  { adminUsername }: Pick<Config, 'adminUsername'>,
  log: Log,
): Promise<void> {
  if (adminUsername === undefined) return
  const [account] = await database.query<{ id: string; role: string }>(
    'SELECT id, role FROM accounts WHERE canonical_name = $1',
    [canonicalName(adminUsername)],
  )
  if (account === undefined)
    throw new Error(
      'ADMIN_USERNAME names no account. Register it first, then start with this setting.',
    )
  if (account.role === 'admin') return
  const news = await changeAccount(database, account.id, { role: 'admin' })
  if (news) await tell(database, news)
  log({ event: 'admin_appointed', account: account.id })
}
