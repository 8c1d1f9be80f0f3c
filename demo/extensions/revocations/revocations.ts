import { setTimeout } from 'node:timers/promises'
import type { SessionStore } from '../../../src/server/index.ts'
import type { Database } from '../../database/database.ts'
import type { AccessClaims } from '../../server/access-tokens.ts'
import type { Config } from '../../config.ts'
import type { Extension } from '../../server/extension.ts'
import type { Log } from '../../server/log.ts'
import { parseNews, recentChanges, SESSION_NEWS, tell, type SessionNews } from './session-news.ts'
import { createShortMemory } from './short-memory.ts'

/**
 * A list of the sessions that have ended, and the accounts that have changed, within the lifetime of an access token.
 * It is in memory, so a lookup costs a request nothing. It is loaded from the database at the start, kept up to date by
 * messages between instances, and loaded again after the connection for these was lost.
 *
 * A token names the last change of its account that it knows of, `changed_at`, and is refused if there was a later one.
 * Comparing `iat` with the time of the change would not be exact: `iat` counts whole seconds, and a token that is
 * issued after a change may contain what was read before it.
 */
export interface Revocations {
  /** Refuses access tokens on the list, and tells all instances of sessions that end. */
  readonly extension: Extension
  /** Whether a token is to be refused, although its signature is valid. */
  refuses(claims: Pick<AccessClaims, 'sub' | 'sid' | 'changed_at'>): boolean
  /** Calls `listener` with each new entry. Returns a function that stops it. */
  subscribe(listener: (news: SessionNews) => void): () => void
  /** The number of entries. */
  readonly size: number
  close(): Promise<void>
}

const AGAIN_MS = 1_000
/** For rounding a token's lifetime up to whole seconds, and for clocks that differ. */
const LEEWAY_S = 5
/** An instance that crashes between the end of a session and its message tells nobody, so the others look at intervals. */
const LOOK_MS = 60_000

/** Loads the list, and listens for changes from then on. */
export async function openRevocations(
  database: Database,
  store: Pick<SessionStore, 'now' | 'endedSince'>,
  config: Pick<Config, 'accessTtlS' | 'renewTtlS'>,
  log: Log,
): Promise<Revocations> {
  const longestS = Math.max(config.accessTtlS, config.renewTtlS) + LEEWAY_S
  const ended = createShortMemory()
  const changed = createShortMemory()
  const listeners = new Set<(news: SessionNews) => void>()
  const closing = new AbortController()
  let working = Promise.resolve()
  const workOn = (work: Promise<void>): void => {
    working = Promise.all([working, work]).then(() => undefined)
  }

  const stop = await database.listen(SESSION_NEWS, {
    onMessage(payload) {
      const news = parseNews(payload)
      if (news) learn(news)
      else log({ event: 'session_news_not_understood' })
    },
    onResumed: () => workOn(readAgain()),
  })
  try {
    await read(longestS)
  } catch (error) {
    await stop()
    throw error
  }
  const timer = setInterval(() => {
    // If it fails, the next one may not, and a lost connection is noticed by the listener.
    workOn(read((3 * LOOK_MS) / 1000).catch(() => undefined))
  }, LOOK_MS).unref()

  function refuses({
    sub,
    sid,
    changed_at = 0,
  }: Pick<AccessClaims, 'sub' | 'sid' | 'changed_at'>): boolean {
    return ended.get(sid) !== undefined || changed_at < (changed.get(sub) ?? 0)
  }

  return {
    extension: {
      verify: (verify) => async (token) => {
        const claims = await verify(token)
        if ('refused' in claims || !refuses(claims)) return claims
        const refused = 'The access token has been revoked.'
        // A token with a soft expiry is told to renew: the auth server then says whether the session is over.
        return claims.soft_exp === undefined ? { refused } : { refused, code: 'EXPIRED_TOKEN' }
      },

      audit({ event, sid = '', subject = '', end }) {
        if (event !== 'ended' || end === undefined) return
        const { at: atMs, until: untilMs, reason } = end
        const news = { what: 'ended', account: subject, sid, reason, atMs, untilMs } as const
        learn(news)
        workOn(
          tell(database, news).catch((error: unknown) =>
            log({ event: 'end_not_told', error: String(error) }),
          ),
        )
      },
    },

    refuses,

    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },

    get size() {
      return ended.size + changed.size
    },

    async close() {
      clearInterval(timer)
      closing.abort()
      await stop()
      await working
    },
  }

  function learn(news: SessionNews): void {
    const isNew =
      news.what === 'ended'
        ? ended.put(news.sid, news.atMs, (news.untilMs - news.atMs) / 1000 + LEEWAY_S)
        : changed.put(news.account, news.atUs, longestS)
    if (isNew) for (const listener of listeners) listener(news)
  }

  async function read(withinS: number): Promise<void> {
    const since = (await store.now()) - withinS * 1000
    for (const { sid, subject: account, end } of await store.endedSince(since))
      if (end && end.until + LEEWAY_S * 1000 > since + withinS * 1000)
        learn({ what: 'ended', account, sid, reason: end.reason, atMs: end.at, untilMs: end.until })
    for (const news of await recentChanges(database, withinS)) learn(news)
  }

  async function readAgain(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await read(longestS)
        log({ event: 'revocations_read_again', entries: ended.size + changed.size })
        return
      } catch (error) {
        log({ event: 'revocations_not_read', error: String(error) })
        await setTimeout(AGAIN_MS, undefined, { signal: closing.signal }).catch(() => undefined)
      }
    }
  }
}
