import type { Queries } from '../../database/database.ts'

/** News that all instances must hear at once. */
export type SessionNews =
  | {
      readonly what: 'ended'
      readonly account: string
      readonly sid: string
      readonly reason: string
      /** When it ended, and when the last of its access tokens has expired, in epoch milliseconds. */
      readonly atMs: number
      readonly untilMs: number
    }
  /** The claims in the tokens of an account are outdated since this moment, in Unix microseconds. */
  | { readonly what: 'changed'; readonly account: string; readonly atUs: number }

/** The channel of `LISTEN` and `NOTIFY` for news. */
export const SESSION_NEWS = 'latchkey_session_news'

/** Parses a message of the channel; `undefined` if it is something else. Any client of the database can send there. */
export function parseNews(payload: string): SessionNews | undefined {
  try {
    const news = JSON.parse(payload) as Partial<Record<string, unknown>> | null
    if (typeof news?.['account'] !== 'string') return undefined
    const isEnded =
      news['what'] === 'ended' &&
      typeof news['sid'] === 'string' &&
      typeof news['atMs'] === 'number' &&
      typeof news['untilMs'] === 'number'
    const isChanged = news['what'] === 'changed' && typeof news['atUs'] === 'number'
    return isEnded || isChanged ? (news as unknown as SessionNews) : undefined
  } catch {
    return undefined
  }
}

/** Tells all instances. */
export async function tell(queries: Queries, news: SessionNews): Promise<void> {
  await queries.query('SELECT pg_notify($1, $2)', [SESSION_NEWS, JSON.stringify(news)])
}

/** The accounts that have changed within the last so many seconds, the oldest change first. */
export async function recentChanges(queries: Queries, withinS: number): Promise<SessionNews[]> {
  const changed = await queries.query<{ account: string; atUs: number }>(
    `SELECT id AS account, (extract(epoch FROM changed_at) * 1000000)::float8 AS "atUs" FROM accounts
     WHERE changed_at > clock_timestamp() - make_interval(secs => $1) ORDER BY changed_at`,
    [withinS],
  )
  return changed.map((account) => ({ what: 'changed', ...account }))
}
