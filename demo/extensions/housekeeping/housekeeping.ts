import { setTimeout } from 'node:timers/promises'
import type { PostgresStore } from '../../../src/server/index.ts'
import type { Database } from '../../database/database.ts'
import type { Log } from '../../server/log.ts'

const EVERY_MS = 60 * 60 * 1000
/** Small enough not to be noticed: PGlite runs one statement at a time. */
const BATCH = 200

/**
 * Deletes sessions that need not be kept, and old counts of attempts: at the start and every hour, in batches, with a
 * pause as long as each batch took. Returns a function that stops it, which waits for one batch at most.
 */
export function startHousekeeping(
  database: Database,
  store: Pick<PostgresStore, 'purge'>,
  log: Log,
): () => Promise<void> {
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
      for (const purge of [() => store.purge(BATCH), purgeAttempts])
        while (await purgeBatch(purge));
    } catch (error) {
      log({ event: 'housekeeping_failed', error: String(error) })
    }
  }

  /** Deletes one batch. Returns whether there may be more, and the server is not stopping. */
  async function purgeBatch(purge: () => Promise<number>): Promise<boolean> {
    const startedAt = performance.now()
    if ((await purge()) !== BATCH || stopping.signal.aborted) return false
    await setTimeout(performance.now() - startedAt)
    return !stopping.signal.aborted
  }

  async function purgeAttempts(): Promise<number> {
    // The array keeps the plan from reading more rows than one batch, as a join might. Locked rows are skipped until next
    // time, so that a purge never waits and is never waited for.
    const gone = await database.query(
      `DELETE FROM attempts WHERE bucket = ANY (ARRAY(
         SELECT bucket FROM attempts WHERE ends_at < now() ORDER BY ends_at LIMIT $1 FOR UPDATE SKIP LOCKED))
       RETURNING 1`,
      [BATCH],
    )
    return gone.length
  }
}
