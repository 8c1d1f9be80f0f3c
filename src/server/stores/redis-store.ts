import type { SessionDocument } from '../document.ts'
import type { SessionStore } from '../store.ts'

/** What sends a command to Redis: `(...args) => client.sendCommand(args)` with `redis`, `(...args) => client.call(...args)` with `ioredis`. */
export type RedisCommand = (command: string, ...args: string[]) => Promise<unknown>

/** Options of {@link redisStore}. */
export interface RedisStoreOptions {
  /** What all keys begin with. @default 'latchkey:' */
  readonly prefix?: string | undefined
}

const DAY_MS = 86_400_000

// Each script has one key, so a cluster may keep every key where it likes. `EVAL` sends them each time: they are short,
// Redis compiles them once, and a Redis that was restarted knows them too.

/** KEYS: the document. ARGV: version, document, when it may be deleted. The version stands before the document. */
const WRITE = `
local stored = redis.call('GET', KEYS[1])
local version = stored and tonumber(string.match(stored, '^%d+')) or 0
if version ~= tonumber(ARGV[1]) - 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'PXAT', ARGV[3])
return 1`

/** KEYS: a list of sessions. ARGV: sid, until when it belongs there. Drops those whose time has passed. */
const ADD = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', redis.call('TIME')[1] * 1000)
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('PEXPIREAT', KEYS[1], redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])`

/**
 * Keeps sessions in Redis 7 or later, or in a cluster. Time is that of Redis. A refresh is one read and one small script.
 * Set `maxmemory-policy noeviction`, or users are signed out when memory is short, and `appendonly yes`.
 */
export function redisStore(
  command: RedisCommand,
  { prefix = 'latchkey:' }: RedisStoreOptions = {},
): SessionStore {
  const documentKey = (sid: string) => `${prefix}session:${sid}`
  const subjectKey = (subject: string) => `${prefix}subject:${subject}`
  const ENDED = `${prefix}ended`

  async function now(): Promise<number> {
    const [seconds, micros] = (await command('TIME')) as [string, string]
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
  }

  async function find(sid: string): Promise<SessionDocument | undefined> {
    const stored = (await command('GET', documentKey(sid))) as string | null
    return stored === null
      ? undefined
      : (JSON.parse(stored.slice(stored.indexOf(' '))) as SessionDocument)
  }

  async function findAll(sids: readonly string[]): Promise<SessionDocument[]> {
    return (await Promise.all(sids.map(find))).filter((document) => document !== undefined)
  }

  return {
    now,

    async read(sid) {
      // Both are on their way at once, in one round trip.
      const [document, readAt] = await Promise.all([find(sid), now()])
      return document && { document, readAt }
    },

    async write(document, keepUntil) {
      const { sid, subject, version, sessionEndsAt, end } = document
      // Lists come first: after a crash they may name too much, but never too little. Their readers look at the documents.
      const add = (key: string, until: number) =>
        command('EVAL', ADD, '1', key, sid, String(Math.ceil(until)))
      if (version === 1) await add(subjectKey(subject), sessionEndsAt + DAY_MS)
      if (end) await add(ENDED, end.at + DAY_MS)
      const values = [version, JSON.stringify(document), Math.ceil(keepUntil)].map(String)
      return (await command('EVAL', WRITE, '1', documentKey(sid), ...values)) === 1
    },

    list: async (subject) =>
      findAll((await command('ZRANGE', subjectKey(subject), '0', '-1')) as string[]),

    async endedSince(since) {
      const from = String(since + DAY_MS)
      return findAll((await command('ZRANGE', ENDED, from, '+inf', 'BYSCORE')) as string[])
    },
  }
}
