import type { SessionDocument } from '../document.ts'
import type { SessionStore } from '../store.ts'

/** What sends a command to Redis: `(...args) => client.sendCommand(args)` with `redis`, `client.call` with `ioredis`. */
export type RedisCommand = (...args: string[]) => Promise<unknown>

/** Options of {@link redisStore}. */
export interface RedisStoreOptions {
  /** What all keys begin with. In a cluster, it needs a hash tag: `{sessions}:`. @default 'latchkey:' */
  readonly prefix?: string | undefined
}

// KEYS: document, sessions of the subject, ended sessions. ARGV: sid, version, document, keep until, end or ''.
const WRITE = `
local stored = redis.call('GET', KEYS[1])
if (stored and cjson.decode(stored).version or 0) ~= tonumber(ARGV[2]) - 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'PXAT', ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
redis.call('PEXPIREAT', KEYS[2], ARGV[4], 'GT')
if redis.call('PEXPIRETIME', KEYS[2]) < 0 then redis.call('PEXPIREAT', KEYS[2], ARGV[4]) end
if ARGV[5] ~= '' then
  redis.call('ZADD', KEYS[3], ARGV[5], ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', tonumber(ARGV[5]) - 86400000)
end
return 1`

/**
 * Keeps sessions in Redis 7 or later. Time is that of Redis. A refresh is one read and one small script. Set
 * `maxmemory-policy noeviction`, or users are signed out when memory is short, and `appendonly yes`.
 */
export function redisStore(
  command: RedisCommand,
  { prefix = 'latchkey:' }: RedisStoreOptions = {},
): SessionStore {
  const keyOf = (sid: string) => `${prefix}session:${sid}`
  const subjectKey = (subject: string) => `${prefix}subject:${subject}`
  const ENDED = `${prefix}ended`

  async function now(): Promise<number> {
    const [seconds, micros] = (await command('TIME')) as [string, string]
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
  }

  async function documentsOf(sids: readonly string[]): Promise<SessionDocument[]> {
    if (sids.length === 0) return []
    const found = (await command('MGET', ...sids.map(keyOf))) as (string | null)[]
    return found.flatMap((text) => (text === null ? [] : [JSON.parse(text) as SessionDocument]))
  }

  return {
    now,

    async read(sid) {
      // Both are on their way at once, in one round trip.
      const [[document], readAt] = await Promise.all([documentsOf([sid]), now()])
      return document && { document, readAt }
    },

    async write(document, keepUntil) {
      const { sid, subject, version, end } = document
      const keys = [keyOf(sid), subjectKey(subject), ENDED]
      const values = [version, JSON.stringify(document), Math.ceil(keepUntil), end?.at ?? '']
      return (await command('EVAL', WRITE, '3', ...keys, sid, ...values.map(String))) === 1
    },

    async list(subject) {
      const key = subjectKey(subject)
      await command('ZREMRANGEBYSCORE', key, '-inf', String(await now()))
      return documentsOf((await command('ZRANGE', key, '0', '-1')) as string[])
    },

    async endedSince(since) {
      const sids = (await command('ZRANGE', ENDED, String(since), '+inf', 'BYSCORE')) as string[]
      const documents = await documentsOf(sids)
      return documents.flatMap(({ sid, subject, end }) =>
        end === undefined ? [] : [{ sid, subject, ...end }],
      )
    },
  }
}
