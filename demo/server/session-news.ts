import type { Queries } from './database.ts'
import type { Mode } from './strategies/mode.ts'

/**
 * News that all instances must hear at once. `atUs` is when it happened by the database's clock, in Unix microseconds.
 */
export type SessionNews =
  | {
      readonly what: 'ended'
      readonly account: string
      readonly sid: string
      readonly reason: string
      /** The mode of the session, which determines how long its tokens live; `null`: rotating. */
      readonly mode: Mode | null
      readonly atUs: number
    }
  /** The claims in the tokens of an account are outdated. */
  | { readonly what: 'changed'; readonly account: string; readonly atUs: number }

/** Parses a message of the channel; `undefined` if it is something else. Any client of the database can send there. */
export function parseNews(payload: string): SessionNews | undefined {
  try {
    const news = JSON.parse(payload) as Partial<SessionNews> | null
    const isWhole = typeof news?.account === 'string' && typeof news.atUs === 'number'
    const isKnown =
      news?.what === 'changed' || (news?.what === 'ended' && typeof news.sid === 'string')
    return isWhole && isKnown ? (news as SessionNews) : undefined
  } catch {
    return undefined
  }
}

/** The channel of `LISTEN` and `NOTIFY` for news. */
export const SESSION_NEWS = 'latchkey_session_news'

/** A moment as SQL, in Unix microseconds, which a JavaScript number holds exactly. */
export const microseconds = (moment: string): string =>
  `(extract(epoch FROM ${moment}) * 1000000)::float8`

const ENDED = `'what', 'ended', 'account', account_id, 'sid', sid, 'reason', ended_reason, 'mode', mode, 'atUs', ${microseconds('ended_at')}`
const CHANGED = `'what', 'changed', 'account', id, 'atUs', ${microseconds('changed_at')}`

/**
 * Sends news of the families that a statement has ended, from the rows it returns. They are sent when the transaction
 * commits.
 */
export const tellEnded = (update: string): string =>
  `WITH told AS (${update} RETURNING sid, account_id, ended_reason, mode, ended_at)
   SELECT pg_notify('${SESSION_NEWS}', json_build_object(${ENDED})::text) FROM told`

/**
 * Marks an account as changed now, and sets what else is given. From the moment this commits, tokens that do not know
 * of this change are refused. A change is always later than the one before, however coarse the clock is.
 */
export async function changeAccount(
  tx: Queries,
  id: string,
  set = '',
  ...parameters: readonly unknown[]
): Promise<void> {
  await tx.query(
    `WITH told AS (
       UPDATE accounts
       SET changed_at = greatest(clock_timestamp(), changed_at + interval '1 microsecond')
           ${set === '' ? '' : `, ${set}`}
       WHERE id = $1 RETURNING id, changed_at)
     SELECT pg_notify('${SESSION_NEWS}', json_build_object(${CHANGED})::text) FROM told`,
    [id, ...parameters],
  )
}

/** The news of the last so many seconds, the oldest first. */
export async function recentNews(queries: Queries, withinS: number): Promise<SessionNews[]> {
  const rows = await queries.query<{ news: SessionNews }>(
    `SELECT json_build_object(${ENDED}) AS news, ended_at AS at FROM families
     WHERE ended_at > clock_timestamp() - make_interval(secs => $1)
     UNION ALL
     SELECT json_build_object(${CHANGED}), changed_at FROM accounts
     WHERE changed_at > clock_timestamp() - make_interval(secs => $1)
     ORDER BY at`,
    [withinS],
  )
  return rows.map(({ news }) => news)
}
