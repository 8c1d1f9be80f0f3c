import type { Config } from './config.ts'
import type { Database, Queries } from './database.ts'
import { endFamilies } from './families.ts'
import { lockFamily, OVER, prolong, WITH_LIMITS, type Over } from './family-limits.ts'
import { STANDING, WITH_ACCOUNT, type Policy, type Standing, type Verdict } from './policy.ts'
import { decide, type Shown } from './refresh-table.ts'
import { addLeaf, grantOf, newestOf, type Grant } from './refresh-tokens.ts'
import { drawSecret, hashOf } from './secrets.ts'
import { endMismatched, type Pair } from './strategies/pair-binding.ts'
import { openSuccessor, sealSuccessor } from './successor-seal.ts'

export interface RefreshRequest {
  readonly tokens: readonly string[]
  readonly sid: string | undefined
  readonly seq: number | undefined
  /** The `Idempotency-Key`: the same for every attempt of a client at one rotation. */
  readonly key: string | undefined
  /** How long the user has been idle, if the client watches and reports it. */
  readonly idleMs: number | undefined
  /** The `jti` of the access token that was shown beside the refresh token, if there was one. */
  readonly accessJti: string | undefined
  readonly address: string
}

export type Refreshed =
  | {
      readonly row: 'S1'
      readonly sid: string | undefined
      readonly because: 'unknown' | Over | Verdict
    }
  | { readonly row: 'S2' | 'S3' | 'S4'; readonly sid: string; readonly grant: Grant }
  | { readonly row: 'S5' | 'S6'; readonly sid: string; readonly seq: number }
  | { readonly row: 'S7'; readonly sid: string }
  /** No row of the table: the access token was not the one that is bound to the refresh token. */
  | { readonly row: 'mismatch'; readonly sid: string }

export type Refresh = (request: RefreshRequest) => Promise<Refreshed>

/** Answers refreshes by the table in docs/protocol.md, each in one transaction that locks the family's row. */
export function createRefresh(
  database: Database,
  policy: Policy,
  config: Pick<Config, 'refreshTtlS' | 'graceS'>,
): Refresh {
  return (request) =>
    database.transaction(async (tx) => {
      const newest = await newestOf(tx, request.tokens, request.sid)
      if (newest === undefined) return { row: 'S1', sid: request.sid, because: 'unknown' }
      const { sid, token } = newest

      await lockFamily(tx, sid)
      const found = await look(tx, token, request, config.graceS)
      if (found === undefined) return { row: 'S1', sid, because: 'unknown' }
      const { shown, standing } = found

      const verdict = shown.over === null ? policy.verdict(standing) : null
      if (verdict !== null) {
        await endFamilies(tx, verdict, [sid])
        return { row: 'S1', sid, because: verdict }
      }

      if (shown.over === null && (await endMismatched(tx, sid, shown, request.accessJti)))
        return { row: 'mismatch', sid }

      const decision = decide(shown)
      switch (decision.row) {
        case 'S1':
          return { row: 'S1', sid, because: shown.over ?? 'unknown' }
        case 'S2':
          return {
            row: 'S2',
            sid,
            grant: policy.limit(await rotate(tx, sid, shown.seq, token, request, config)),
          }
        case 'S3':
          return { row: 'S3', sid, grant: policy.limit(await grantOf(tx, sid, shown.seq, token)) }
        case 'S4':
          return {
            row: 'S4',
            sid,
            grant: policy.limit(await grantOf(tx, sid, shown.seq + 1, decision.successor)),
          }
        case 'S5':
        case 'S6':
          return { row: decision.row, sid, seq: shown.seq }
        case 'S7':
          await endFamilies(tx, 'reuse_detected', [sid])
          return { row: 'S7', sid }
      }
    })
}

async function look(
  tx: Queries,
  token: string,
  { key, seq: wantedSeq }: RefreshRequest,
  graceS: number,
): Promise<{ readonly shown: Shown & Pair; readonly standing: Standing } | undefined> {
  const [found] = await tx.query<
    Omit<Shown, 'wantedSeq' | 'successor'> & Pair & Standing & { readonly sealed: string | null }
  >(
    `SELECT ${OVER} AS "over",
            t.access_jti                                                      AS "accessJti",
            t.seq                                                             AS "seq",
            t.spent_at IS NOT NULL                                            AS "spent",
            coalesce(t.spent_with = $2, false)                                AS "spentWithKey",
            t.sealed_successor                                                AS "sealed",
            coalesce(parent.spent_with = $2, false)                           AS "bornOfKey",
            coalesce(t.spent_at + make_interval(secs => $3) > now, false)     AS "inGrace",
            ${STANDING}
     FROM refresh_tokens AS t
     JOIN families USING (sid)
     ${WITH_ACCOUNT}
     LEFT JOIN refresh_tokens AS parent ON parent.sid = t.sid AND parent.seq = t.seq - 1
     ${WITH_LIMITS}
     WHERE t.hash = $1`,
    [hashOf(token), key === undefined ? null : hashOf(key), graceS],
  )
  if (found === undefined) return undefined
  const { sealed, active, passwordReset, signedInForS, ...facts } = found
  const opens = key !== undefined && facts.spentWithKey && sealed !== null
  const successor = opens ? openSuccessor(sealed, token, key) : undefined
  return {
    shown: { ...facts, wantedSeq, successor },
    standing: { active, passwordReset, signedInForS },
  }
}

async function rotate(
  tx: Queries,
  sid: string,
  seq: number,
  token: string,
  { key, idleMs, address }: RefreshRequest,
  config: Pick<Config, 'refreshTtlS'>,
): Promise<Grant> {
  const successor = drawSecret()
  await tx.query(
    `UPDATE refresh_tokens SET spent_at = clock_timestamp(), spent_with = $2, sealed_successor = $3 WHERE hash = $1`,
    [
      hashOf(token),
      ...(key === undefined ? [null, null] : [hashOf(key), sealSuccessor(successor, token, key)]),
    ],
  )
  // The token just spent was the sealed successor of the one before. It need not be given out again.
  await tx.query('UPDATE refresh_tokens SET sealed_successor = NULL WHERE sid = $1 AND seq = $2', [
    sid,
    seq - 1,
  ])
  await prolong(tx, sid, { idleMs, address }, config)
  return addLeaf(tx, sid, seq + 1, successor)
}
