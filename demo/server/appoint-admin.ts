import type { Config } from './config.ts'
import type { Database } from './database.ts'
import type { Log } from './log.ts'
import { changeAccount } from './session-news.ts'

/** Makes the account that the settings name an administrator, if it exists: whoever takes the name later does not become one by that. */
export async function appointAdmin(
  database: Database,
  { adminUsername }: Pick<Config, 'adminUsername'>,
  log: Log,
): Promise<void> {
  if (adminUsername === undefined) return
  const [account] = await database.query<{ id: string; role: string }>(
    'SELECT id, role FROM accounts WHERE lower(username) = lower($1)',
    [adminUsername],
  )
  if (account === undefined) return log({ event: 'admin_not_found' })
  if (account.role === 'admin') return
  await database.transaction((tx) => changeAccount(tx, account.id, `role = 'admin'`))
  log({ event: 'admin_appointed', account: account.id })
}
