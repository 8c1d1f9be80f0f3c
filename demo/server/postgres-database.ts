import pg from 'pg'
import { asUnavailable } from './database-unavailable.ts'
import type { Database, Queries } from './database.ts'
import { queriesOf, type Driver } from './driver.ts'
import { listenOnPostgres } from './postgres-listener.ts'

/** How {@link connectPostgres} treats a server that takes its time. */
export interface PostgresOptions {
  /** How long a request waits for a connection, or for its turn where there are more requests than connections. @default 5_000 */
  readonly connectWithinMs?: number
}

/**
 * Connects to a PostgreSQL server, as soon as there is something to ask. What fails because the server cannot be reached
 * is a `DatabaseUnavailable`; nothing has to be done afterwards, the next statement connects anew.
 */
export function connectPostgres(
  connectionString: string,
  { connectWithinMs = 5_000 }: PostgresOptions = {},
): Database {
  const pool = new pg.Pool({
    connectionString,
    keepAlive: true,
    connectionTimeoutMillis: connectWithinMs,
    // An instance that froze, or lost its network, in the middle of a rotation must not lock the family up for all others.
    idle_in_transaction_session_timeout: 10_000,
    lock_timeout: 10_000,
  })
  // The pool replaces an idle connection that breaks; without a listener Node would end the process.
  pool.on('error', () => undefined)
  return {
    ...translated(pool),

    async transaction(work) {
      const client = await pool.connect().catch(rethrow)
      // The same of one that is in use: what runs on it rejects as well.
      const ignore = () => undefined
      client.on('error', ignore)
      let broken = false
      try {
        const tx = translated(client)
        await tx.query('BEGIN ISOLATION LEVEL READ COMMITTED')
        const result = await work(tx)
        await tx.query('COMMIT')
        return result
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {
          broken = true
        })
        throw error
      } finally {
        client.off('error', ignore)
        client.release(broken)
      }
    },

    listen: (channel, listener) => listenOnPostgres(connectionString, channel, listener),
    close: () => pool.end(),
  }
}

function translated(driver: Driver): Queries {
  const queries = queriesOf(driver)
  return {
    query: <Row>(statement: string, parameters?: readonly unknown[]) =>
      queries.query<Row>(statement, parameters).catch(rethrow),
  }
}

function rethrow(error: unknown): never {
  throw asUnavailable(error)
}
