import { randomUUID } from 'node:crypto'
import type { Account } from './accounts.ts'
import type { Config } from './config.ts'
import type { Database, Queries } from './database.ts'
import { FAMILY_ENDS_AT, type LoginLimits } from './family-limits.ts'
import { networkOf } from './network-of.ts'
import type { Policy, Verdict } from './policy.ts'
import { addLeaf, newestOf, type Grant } from './refresh-tokens.ts'
import { drawSecret, hashOf } from './secrets.ts'
import { changeAccount, tellEnded } from './session-news.ts'
import { accessTtlOf, hasSingleToken, type Mode } from './strategies/mode.ts'

export interface Login {
  /** The account as it was when its password was checked. */
  readonly account: Account
  readonly device: string | undefined
  readonly address: string
  readonly mode: Mode
  /** The tokens that this browser still held. The login ends their families. */
  readonly replaces: readonly string[]
  readonly limits: LoginLimits
}

export interface Logout {
  readonly tokens: readonly string[]
  readonly sid: string | undefined
  /** The session of a bearer token, shown by a client that has no refresh token. */
  readonly ofBearer: string | undefined
  readonly everywhere: boolean
}

/** A family is one login on one device: a chain of refresh tokens of which all but the last, the leaf, are spent. */
export interface Families {
  /** Throws a `Refusal` if the account may not sign in. */
  open(login: Login): Promise<Grant>
  /**
   * Ends the family of the token shown and no other (L1), or with `everywhere` all families of the account. Any token
   * of the family is accepted, so that a user who lost the leaf to a thief can still end the thief's session. Returns
   * the `sid`; `undefined` for an unknown token.
   */
  close(logout: Logout): Promise<string | undefined>
}

type FamilyConfig = Pick<Config, 'accessTtlS' | 'renewTtlS' | 'refreshTtlS'>

export function createFamilies(database: Database, policy: Policy, config: FamilyConfig): Families {
  return {
    open: (login) =>
      database.transaction(async (tx) =>
        policy.limit(
          await addLeaf(tx, await beginFamily(tx, policy, login, config), 1, drawSecret()),
        ),
      ),

    close: ({ tokens, sid, ofBearer, everywhere }) =>
      database.transaction(async (tx) => {
        const shown = ofBearer ?? (await newestOf(tx, tokens, sid))?.sid
        if (shown === undefined) return undefined
        if (everywhere) await closeAll(tx, shown)
        else await endFamilies(tx, 'logout', [shown])
        return shown
      }),
  }
}

/**
 * Begins a family, without a token yet, and ends those it replaces; returns its `sid`. Throws a `Refusal` if the
 * account may not sign in.
 */
export async function beginFamily(
  tx: Queries,
  policy: Pick<Policy, 'admit'>,
  { account, device, address, mode, replaces, limits: { idleTtlS, sessionTtlS } }: Login,
  config: FamilyConfig,
): Promise<string> {
  // Locks the account first. Changes of an account lock it before its families, too.
  await policy.admit(tx, account)
  await endFamilies(tx, 'replaced', await familiesOf(tx, replaces))
  const sid = randomUUID()
  const accessTtlS = accessTtlOf(mode, config)
  const renewableS = hasSingleToken(mode) ? accessTtlS : config.refreshTtlS
  await tx.query(
    `INSERT INTO families
       (sid, account_id, device, mode, session_ends_at, refresh_expires_at, idle_ttl_s, idle_ends_at,
        address, networks)
     VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5), now() + make_interval(secs => $6),
             $7, now() + make_interval(secs => $7), $8, ARRAY[$9])`,
    [
      sid,
      account.id,
      device ?? null,
      mode === 'rotating' ? null : mode,
      sessionTtlS,
      Math.min(renewableS, sessionTtlS),
      // Activity since the last renewal is reported only with the next one, so allow one access token lifetime more.
      idleTtlS + accessTtlS,
      address,
      networkOf(address),
    ],
  )
  return sid
}

/** Why a family was ended: by its owner, an administrator or a policy, or because of theft. */
export type FamilyEnd =
  | 'logout'
  | 'logout_everywhere'
  | 'ended_by_owner'
  | 'ended_by_admin'
  | 'replaced'
  | 'reuse_detected'
  | 'pair_mismatch'
  | 'password_changed'
  | Verdict

/**
 * Ends those of the families that are alive, and tells all instances. All callers lock rows in the same order, so that
 * no two can deadlock.
 */
export async function endFamilies(
  tx: Queries,
  reason: FamilyEnd,
  sids: readonly string[],
): Promise<void> {
  await tx.query(
    tellEnded(
      `UPDATE families SET ended_at = clock_timestamp(), ended_reason = $1
       WHERE sid IN (SELECT sid FROM families
                     WHERE sid = ANY ($2::text[]) AND ended_at IS NULL ORDER BY sid FOR UPDATE)`,
    ),
    [reason, sids],
  )
}

async function familiesOf(tx: Queries, tokens: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ sid: string }>(
    'SELECT DISTINCT sid FROM refresh_tokens WHERE hash = ANY ($1::text[])',
    [tokens.map(hashOf)],
  )
  return rows.map(({ sid }) => sid)
}

async function closeAll(tx: Queries, sid: string): Promise<void> {
  const [account] = await tx.query<{ id: string }>(
    // A session that is over must not end the others: its token may be in the hands of the person it was ended against.
    `SELECT id FROM accounts
     WHERE id = (SELECT account_id FROM families
                 WHERE sid = $1 AND ended_at IS NULL AND ${FAMILY_ENDS_AT} > clock_timestamp())
     FOR UPDATE`,
    [sid],
  )
  if (account === undefined) return
  await endFamilies(tx, 'logout_everywhere', await familiesOfAccount(tx, account.id))
  await changeAccount(tx, account.id)
}

/** Notes that the user of a family has just entered the password. */
export async function confirmFamily(tx: Queries, sid: string): Promise<void> {
  await tx.query('UPDATE families SET confirmed_at = clock_timestamp() WHERE sid = $1', [sid])
}

/** All families of an account that have not been ended. */
export async function familiesOfAccount(tx: Queries, accountId: string): Promise<string[]> {
  const rows = await tx.query<{ sid: string }>(
    'SELECT sid FROM families WHERE account_id = $1 AND ended_at IS NULL',
    [accountId],
  )
  return rows.map(({ sid }) => sid)
}
