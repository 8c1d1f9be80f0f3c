import type { Queries } from '../../database/database.ts'
import type { SessionNews } from './session-news.ts'

/** The fields of an account that can be changed. A missing field keeps its value. */
export interface AccountChange {
  readonly active?: boolean
  readonly role?: 'admin' | 'user'
  readonly passwordHash?: string
  /** The account is changed only if it still has this password. */
  readonly ifPasswordHash?: string
}

/**
 * Changes an account, so that the claims in its access tokens are outdated. Resolves to the news that the caller has to
 * tell; `undefined` if there is no such account.
 */
export async function changeAccount(
  queries: Queries,
  id: string,
  { active, role, passwordHash, ifPasswordHash }: AccountChange = {},
): Promise<SessionNews | undefined> {
  const [changed] = await queries.query<{ atUs: number }>(
    `UPDATE accounts
     SET active = coalesce($2, active), role = coalesce($3, role), password_hash = coalesce($4, password_hash),
         changed_at = greatest(clock_timestamp(), changed_at + interval '1 microsecond')
     WHERE id = $1 AND password_hash = coalesce($5, password_hash)
     RETURNING (extract(epoch FROM changed_at) * 1000000)::float8 AS "atUs"`,
    [id, active ?? null, role ?? null, passwordHash ?? null, ifPasswordHash ?? null],
  )
  return changed && { what: 'changed', account: id, ...changed }
}
