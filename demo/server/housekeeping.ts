import type { Database } from './database.ts'
import type { Log } from './log.ts'

const EVERY_MS = 60 * 60 * 1000

/** Forgets families past their limit, with all their tokens, and old counts of attempts: now and every hour. Returns how to stop. */
export function startHousekeeping(database: Database, log: Log): () => Promise<void> {
  let running = tidy()
  const timer = setInterval(() => {
    running = tidy()
  }, EVERY_MS)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
  }

  async function tidy(): Promise<void> {
    try {
      // Rows that somebody holds can wait until next time; so nobody ever waits for this.
      await database.query(
        `DELETE FROM families WHERE sid IN
           (SELECT sid FROM families WHERE session_ends_at < now() FOR UPDATE SKIP LOCKED)`,
      )
      await database.query(
        `DELETE FROM attempts WHERE bucket IN
           (SELECT bucket FROM attempts WHERE ends_at < now() FOR UPDATE SKIP LOCKED)`,
      )
    } catch (error) {
      log({ event: 'housekeeping_failed', error: String(error) })
    }
  }
}
