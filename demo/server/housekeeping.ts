import { setTimeout } from 'node:timers/promises'
import type { Database } from './database.ts'
import type { Log } from './log.ts'

const EVERY_MS = 60 * 60 * 1000
/** Few enough that nobody notices one batch, with all the tokens of its families: PGlite does one thing at a time. */
const BATCH = 200

/** The array keeps the plan from asking for more rows than one batch, which a join would be free to do. */
const purgeOf = (table: string, key: string, endsAt: string): string =>
  // Rows that somebody holds can wait until next time; so nobody ever waits for this.
  `WITH gone AS (
     DELETE FROM ${table} WHERE ${key} = ANY (ARRAY(
       SELECT ${key} FROM ${table} WHERE ${endsAt} < now() ORDER BY ${endsAt}
       LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))
     RETURNING 1)
   SELECT count(*)::int AS count FROM gone`

const PURGES = [
  purgeOf('families', 'sid', 'session_ends_at'),
  purgeOf('attempts', 'bucket', 'ends_at'),
]

/**
 * Forgets families past their limit, with all their tokens, and old counts of attempts: now and every hour, a batch at a
 * time, and resting for as long as each batch took. Returns how to stop, which waits for one batch at most.
 */
export function startHousekeeping(database: Database, log: Log): () => Promise<void> {
  const stopping = new AbortController()
  let running = tidy()
  const timer = setInterval(() => {
    // A purge that is still at it after an hour goes on alone.
    running = running.then(tidy)
  }, EVERY_MS)
  timer.unref()
  return async () => {
    clearInterval(timer)
    stopping.abort()
    await running
  }

  async function tidy(): Promise<void> {
    try {
      for (const purge of PURGES) while (await purgeBatch(purge));
    } catch (error) {
      log({ event: 'housekeeping_failed', error: String(error) })
    }
  }

  /** Whether there may be more to purge, and time for it. */
  async function purgeBatch(purge: string): Promise<boolean> {
    const startedAt = performance.now()
    const [gone] = await database.query<{ count: number }>(purge)
    if (gone?.count !== BATCH || stopping.signal.aborted) return false
    await setTimeout(performance.now() - startedAt)
    return !stopping.signal.aborted
  }
}
