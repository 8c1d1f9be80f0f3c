import { randomUUID } from 'node:crypto'
import type { Queries } from './database.ts'
import { FAMILY_ENDS_AT } from './family-limits.ts'
import { hashOf } from './secrets.ts'
import { microseconds } from './session-news.ts'
import type { Mode } from './strategies/mode.ts'

/** The owner of a family, and how long it may still last by the database's clock: what an access token is made of. */
export interface Life {
  readonly sid: string
  readonly mode: Mode
  readonly subject: string
  readonly username: string
  /** The `jti` that the access token must have, if it is bound to a refresh token. */
  readonly accessJti: string | null
  readonly role: string
  /** The last change of the account when this was read, in Unix microseconds; 0 before the first change. */
  readonly changedAtUs: number
  /** When the user last entered the password. */
  readonly authTimeS: number
  readonly issuedAtS: number
  readonly refreshExpiresInS: number
  readonly sessionExpiresInS: number
  /** Until the first of all limits, including the idle limit. */
  readonly familyEndsInS: number
}

/** A refresh token as it is handed out. */
export interface Grant extends Life {
  readonly seq: number
  readonly token: string
}

/** Of the tokens shown, the one that counts: the newest of the youngest live family. */
export async function newestOf(
  tx: Queries,
  tokens: readonly string[],
  sid: string | undefined,
): Promise<{ readonly sid: string; readonly token: string } | undefined> {
  const byHash = new Map(tokens.map((token) => [hashOf(token), token]))
  const [newest] = await tx.query<{ sid: string; hash: string }>(
    `SELECT sid, hash
     FROM refresh_tokens JOIN families USING (sid)
     WHERE hash = ANY ($1::text[]) AND sid = coalesce($2, sid)
     ORDER BY (ended_at IS NULL AND ${FAMILY_ENDS_AT} > clock_timestamp()) DESC, created_at DESC, seq DESC
     LIMIT 1`,
    [[...byHash.keys()], sid ?? null],
  )
  const token = newest && byHash.get(newest.hash)
  return newest && token !== undefined ? { sid: newest.sid, token } : undefined
}

/** Makes a token the leaf of its family. */
export async function addLeaf(
  tx: Queries,
  sid: string,
  seq: number,
  token: string,
): Promise<Grant> {
  await tx.query(
    `INSERT INTO refresh_tokens (hash, sid, seq, access_jti)
     SELECT $1, sid, $3::integer, CASE WHEN mode = 'pair' THEN $4 END FROM families WHERE sid = $2`,
    [hashOf(token), sid, seq, randomUUID()],
  )
  return grantOf(tx, sid, seq, token)
}

/** A token of a family with the limits that the family has now. */
export async function grantOf(
  tx: Queries,
  sid: string,
  seq: number,
  token: string,
): Promise<Grant> {
  return { seq, token, ...(await lifeOf(tx, sid, seq)) }
}

/** The first of a family's limits. Where there is a single token, the refresh limit is its own expiry, and left out. */
const LIMITS_OF_TOKEN = `least(session_ends_at, idle_ends_at,
  CASE WHEN families.mode IN ('sliding', 'renew') THEN NULL ELSE refresh_expires_at END)`

/** The family as it is now; with `seq`, also the access token that this refresh token is bound to. */
export async function lifeOf(tx: Queries, sid: string, seq?: number): Promise<Life> {
  const [life] = await tx.query<Omit<Life, 'sid'>>(
    `SELECT coalesce(families.mode, 'rotating') AS "mode",
            accounts.id AS "subject",
            username,
            CASE WHEN families.mode = 'pair'
                 THEN (SELECT access_jti FROM refresh_tokens AS t WHERE t.sid = $1 AND t.seq = $2)
                 END AS "accessJti",
            role,
            coalesce(${microseconds('changed_at')}, 0) AS "changedAtUs",
            extract(epoch FROM coalesce(confirmed_at, families.created_at))::float8 AS "authTimeS",
            extract(epoch FROM now)::float8 AS "issuedAtS",
            extract(epoch FROM refresh_expires_at - now)::float8 AS "refreshExpiresInS",
            extract(epoch FROM session_ends_at - now)::float8 AS "sessionExpiresInS",
            extract(epoch FROM ${LIMITS_OF_TOKEN} - now)::float8 AS "familyEndsInS"
     FROM families
     JOIN accounts ON accounts.id = account_id
     CROSS JOIN (SELECT clock_timestamp() AS now) AS clock
     WHERE sid = $1`,
    [sid, seq ?? null],
  )
  if (life === undefined) throw new Error('A family was deleted while it was locked.')
  return { sid, ...life }
}
