import type { Queries } from '../../database/database.ts'
import { SESSION_NEWS } from './session-news.ts'

/** What of an account can be changed. What is left out stays as it is. */
export interface AccountChange {
  readonly active?: boolean
  readonly role?: 'admin' | 'user'
  readonly passwordHash?: string
  /** The account is changed only if it still has this password. */
  readonly ifPasswordHash?: string
}

/**
 * Changes an account, and tells all instances that the claims in its access tokens are outdated. They hear of it when the
 * transaction commits. Resolves to whether the account was changed.
 */
export async function changeAccount(
  queries: Queries,
  id: string,
  { active, role, passwordHash, ifPasswordHash }: AccountChange = {},
): Promise<boolean> {
  const told = await queries.query(
    `WITH changed AS (
       UPDATE accounts
       SET active = coalesce($2, active), role = coalesce($3, role), password_hash = coalesce($4, password_hash),
           changed_at = greatest(clock_timestamp(), changed_at + interval '1 microsecond')
       WHERE id = $1 AND password_hash = coalesce($5, password_hash)
       RETURNING id, (extract(epoch FROM changed_at) * 1000000)::float8 AS at_us)
     SELECT pg_notify($6, json_build_object('what', 'changed', 'account', id, 'atUs', at_us)::text) FROM changed`,
    [id, active ?? null, role ?? null, passwordHash ?? null, ifPasswordHash ?? null, SESSION_NEWS],
  )
  return told.length > 0
}
