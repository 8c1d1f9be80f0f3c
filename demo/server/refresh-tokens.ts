import type { Queries } from './database.ts'
import { FAMILY_ENDS_AT } from './family-limits.ts'
import { hashOf } from './secrets.ts'

/** A refresh token handed out, with whose it is and how long its family may still last, on the database's clock. */
export interface Grant {
  readonly sid: string
  readonly seq: number
  readonly token: string
  readonly subject: string
  readonly username: string
  readonly issuedAtS: number
  readonly refreshExpiresInS: number
  readonly sessionExpiresInS: number
  /** Until the first of all limits, the idle limit among them. */
  readonly familyEndsInS: number
}

/** Of the tokens shown, the one that counts: the newest of the youngest family that is alive. */
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
  await tx.query('INSERT INTO refresh_tokens (hash, sid, seq) VALUES ($1, $2, $3)', [
    hashOf(token),
    sid,
    seq,
  ])
  return grantOf(tx, sid, seq, token)
}

/** Describes a token of a family as it is handed out now. */
export async function grantOf(
  tx: Queries,
  sid: string,
  seq: number,
  token: string,
): Promise<Grant> {
  const [lasting] = await tx.query<Omit<Grant, 'sid' | 'seq' | 'token'>>(
    `SELECT accounts.id AS "subject",
            username,
            extract(epoch FROM now)::float8 AS "issuedAtS",
            extract(epoch FROM refresh_expires_at - now)::float8 AS "refreshExpiresInS",
            extract(epoch FROM session_ends_at - now)::float8 AS "sessionExpiresInS",
            extract(epoch FROM ${FAMILY_ENDS_AT} - now)::float8 AS "familyEndsInS"
     FROM families
     JOIN accounts ON accounts.id = account_id
     CROSS JOIN (SELECT clock_timestamp() AS now) AS clock
     WHERE sid = $1`,
    [sid],
  )
  if (lasting === undefined) throw new Error('A family was deleted while it was locked.')
  return { sid, seq, token, ...lasting }
}
