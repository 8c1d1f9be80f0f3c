import { setTimeout } from 'node:timers/promises'
import type { AccessClaims, Verify } from './access-tokens.ts'
import type { Config } from './config.ts'
import type { Database } from './database.ts'
import type { Log } from './log.ts'
import { parseNews, recentNews, SESSION_NEWS, type SessionNews } from './session-news.ts'
import { accessTtlOf } from './strategies/mode.ts'

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

/** Loads the list, and listens for changes from then on. */
export async function openRevocations(
  database: Database,
  config: Pick<Config, 'accessTtlS' | 'renewTtlS'>,
  log: Log,
): Promise<Revocations> {
  const longestS = Math.max(config.accessTtlS, config.renewTtlS) + LEEWAY_S
  const ended = createShortMemory()
  const changed = createShortMemory()
  const listeners = new Set<(news: SessionNews) => void>()
  const closing = new AbortController()
  let reading = Promise.resolve()

  const stop = await database.listen(SESSION_NEWS, {
    onMessage(payload) {
      const news = parseNews(payload)
      if (news) learn(news)
      else log({ event: 'session_news_not_understood' })
    },
    onResumed() {
      reading = readAgain()
    },
  })
  try {
    await read()
  } catch (error) {
    await stop()
    throw error
  }

  return {
    refuses: ({ sub, sid, changed_at = 0 }) =>
      ended.get(sid) !== undefined || changed_at < (changed.get(sub) ?? 0),

    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },

    get size() {
      return ended.size + changed.size
    },

    async close() {
      closing.abort()
      await stop()
      await reading
    },
  }

  function learn(news: SessionNews): void {
    const isNew =
      news.what === 'ended'
        ? ended.put(news.sid, news.atUs, accessTtlOf(news.mode ?? 'rotating', config) + LEEWAY_S)
        : changed.put(news.account, news.atUs, longestS)
    if (isNew) for (const listener of listeners) listener(news)
  }

  async function read(): Promise<void> {
    for (const news of await recentNews(database, longestS)) learn(news)
  }

  async function readAgain(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await read()
        log({ event: 'revocations_read_again', entries: ended.size + changed.size })
        return
      } catch (error) {
        log({ event: 'revocations_not_read', error: String(error) })
        await setTimeout(AGAIN_MS, undefined, { signal: closing.signal }).catch(() => undefined)
      }
    }
  }
}

/** Verifies tokens as `verify` does, and refuses those on the list. */
export function createLiveVerify(
  verify: Verify,
  { refuses }: Pick<Revocations, 'refuses'>,
): Verify {
  return async (token) => {
    const claims = await verify(token)
    if ('refused' in claims || !refuses(claims)) return claims
    const refused = 'The access token has been revoked.'
    // A token with a soft expiry is told to renew: the auth server then says whether the session is over.
    return claims.soft_exp === undefined ? { refused } : { refused, code: 'EXPIRED_TOKEN' }
  }
}

/** Keeps the latest number for each name, for a limited time. */
function createShortMemory() {
  /** By retention time. Each map is in order of insertion, so that expired entries are at the front. */
  const spans = new Map<number, Map<string, { readonly value: number; readonly until: number }>>()

  function forget(): void {
    const now = performance.now()
    for (const entries of spans.values()) {
      for (const [name, { until }] of entries) {
        if (until > now) break
        entries.delete(name)
      }
    }
  }

  function get(name: string): number | undefined {
    for (const entries of spans.values()) {
      const found = entries.get(name)
      if (found !== undefined) return found.value
    }
    return undefined
  }

  return {
    get size() {
      forget()
      return [...spans.values()].reduce((sum, { size }) => sum + size, 0)
    },
    get,
    /** Returns whether the number is new. */
    put(name: string, value: number, keptS: number): boolean {
      forget()
      if ((get(name) ?? -Infinity) >= value) return false
      const entries = spans.get(keptS) ?? new Map<string, { value: number; until: number }>()
      spans.set(keptS, entries)
      entries.delete(name)
      entries.set(name, { value, until: performance.now() + keptS * 1000 })
      return true
    },
  }
}
