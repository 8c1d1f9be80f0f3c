import { setTimeout } from 'node:timers/promises'
import type { Database } from './database.ts'
import type { Log } from './log.ts'

const EVERY_MS = 60 * 60 * 1000
/** Small enough not to be noticed, with all the tokens of its families: PGlite runs one statement at a time. */
const BATCH = 200

/** The array keeps the plan from reading more rows than one batch, as a join might. */
const purgeOf = (table: string, key: string, endsAt: string): string =>
  // Locked rows are skipped until next time, so that a purge never waits and is never waited for.
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
 * Deletes families past their limit, with all their tokens, and old counts of attempts: at the start and every hour, in
 * batches, with a pause as long as each batch took. Returns a function that stops it, which waits for one batch at
 * most.
 */
export function startHousekeeping(database: Database, log: Log): () => Promise<void> {
  const stopping = new AbortController()
  let running = tidy()
  const timer = setInterval(() => {
    // If a purge takes longer than an hour, the next one waits for it.
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

  /** Deletes one batch. Returns whether there may be more, and the server is not stopping. */
  async function purgeBatch(purge: string): Promise<boolean> {
    const startedAt = performance.now()
    const [gone] = await database.query<{ count: number }>(purge)
    if (gone?.count !== BATCH || stopping.signal.aborted) return false
    await setTimeout(performance.now() - startedAt)
    return !stopping.signal.aborted
  }
}
