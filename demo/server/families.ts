import { randomUUID } from 'node:crypto'
import type { Config } from './config.ts'
import type { Database, Queries } from './database.ts'
import type { LoginLimits } from './family-limits.ts'
import { addLeaf, newestOf, type Grant } from './refresh-tokens.ts'
import { drawSecret, hashOf } from './secrets.ts'
import { accessTtlOf, hasSingleToken, type Mode } from './strategies/mode.ts'

export interface Login {
  readonly accountId: string
  readonly device: string | undefined
  readonly mode: Mode
  /** The tokens this browser still held: their families end with the login that replaces them. */
  readonly replaces: readonly string[]
  readonly limits: LoginLimits
}

export interface Logout {
  readonly tokens: readonly string[]
  readonly sid: string | undefined
  /** The session of a bearer token that was shown instead, where that is all its client has. */
  readonly ofBearer: string | undefined
  readonly everywhere: boolean
}

/** A family is one login on one device: a chain of refresh tokens of which all but the last, the leaf, are spent. */
export interface Families {
  open(login: Login): Promise<Grant>
  /**
   * Ends the family of the token shown and no other (L1), or with `everywhere` all of the account. Any token of the family
   * will do: whoever lost the leaf to a thief can still end what the thief has. Returns the `sid`, or nothing for an unknown token.
   */
  close(logout: Logout): Promise<string | undefined>
}

type FamilyConfig = Pick<Config, 'accessTtlS' | 'renewTtlS' | 'refreshTtlS'>

export function createFamilies(database: Database, config: FamilyConfig): Families {
  return {
    open: (login) =>
      database.transaction(async (tx) =>
        addLeaf(tx, await beginFamily(tx, login, config), 1, drawSecret()),
      ),

    close: ({ tokens, sid, ofBearer, everywhere }) =>
      database.transaction(async (tx) => {
        const shown = ofBearer ?? (await newestOf(tx, tokens, sid))?.sid
        if (shown === undefined) return undefined
        if (everywhere) await endFamilies(tx, 'logout_everywhere', await familiesBeside(tx, shown))
        else await endFamilies(tx, 'logout', [shown])
        return shown
      }),
  }
}

/** Begins a family, which has no token yet, in the place of those it replaces; returns its `sid`. */
export async function beginFamily(
  tx: Queries,
  { accountId, device, mode, replaces, limits: { idleTtlS, sessionTtlS } }: Login,
  config: FamilyConfig,
): Promise<string> {
  await endFamilies(tx, 'replaced', await familiesOf(tx, replaces))
  const sid = randomUUID()
  const accessTtlS = accessTtlOf(mode, config)
  const renewableS = hasSingleToken(mode) ? accessTtlS : config.refreshTtlS
  await tx.query(
    `INSERT INTO families
       (sid, account_id, device, mode, session_ends_at, refresh_expires_at, idle_ttl_s, idle_ends_at)
     VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5), now() + make_interval(secs => $6),
             $7, now() + make_interval(secs => $7))`,
    [
      sid,
      accountId,
      device ?? null,
      mode === 'rotating' ? null : mode,
      sessionTtlS,
      Math.min(renewableS, sessionTtlS),
      // What a user has done since a token was renewed is told with the next renewal.
      idleTtlS + accessTtlS,
    ],
  )
  return sid
}

/** Ends those of the families that still live. All callers lock in one order, so that no two can each hold what the other waits for. */
export async function endFamilies(
  tx: Queries,
  reason:
    | 'logout'
    | 'logout_everywhere'
    | 'ended_by_owner'
    | 'replaced'
    | 'reuse_detected'
    | 'pair_mismatch',
  sids: readonly string[],
): Promise<void> {
  await tx.query(
    `UPDATE families SET ended_at = clock_timestamp(), ended_reason = $1
     WHERE sid IN (SELECT sid FROM families
                   WHERE sid = ANY ($2::text[]) AND ended_at IS NULL ORDER BY sid FOR UPDATE)`,
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

async function familiesBeside(tx: Queries, sid: string): Promise<string[]> {
  const rows = await tx.query<{ sid: string }>(
    'SELECT sid FROM families WHERE account_id = (SELECT account_id FROM families WHERE sid = $1)',
    [sid],
  )
  return rows.map((row) => row.sid)
}
