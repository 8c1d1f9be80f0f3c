import pg from 'pg'
import { asUnavailable } from './database-unavailable.ts'
import type { Database, Queries } from './database.ts'
import { queriesOf } from './driver.ts'
import { listenOnPostgres } from './postgres-listener.ts'
import { prepared } from './prepared.ts'

/** Limits for {@link connectPostgres}. */
export interface PostgresOptions {
  /** Limits how long a request waits for a free connection. @default 5_000 */
  readonly connectWithinMs?: number
  /** Limits how long a transaction waits for its next statement. @default 10_000 */
  readonly idleInTransactionMs?: number
}

/**
 * Connects to a PostgreSQL server with the first statement. If the server cannot be reached, statements reject with
 * `DatabaseUnavailable`. The next statement connects again, so the caller has nothing to repair.
 */
export function connectPostgres(
  connectionString: string,
  { connectWithinMs = 5_000, idleInTransactionMs = 10_000 }: PostgresOptions = {},
): Database {
  const pool = new pg.Pool({
    connectionString,
    keepAlive: true,
    connectionTimeoutMillis: connectWithinMs,
    // An instance that freezes or loses its network in the middle of a rotation must not keep the family locked.
    idle_in_transaction_session_timeout: idleInTransactionMs,
    lock_timeout: 10_000,
  })
  // The pool replaces an idle connection that breaks. Without a listener, Node.js would end the process.
  pool.on('error', () => undefined)
  return {
    ...translated(pool),

    async transaction(work) {
      const client = await pool.connect().catch(rethrow)
      // The same for a connection in use: its statement rejects as well.
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

function translated(client: Parameters<typeof prepared>[0]): Queries {
  const queries = queriesOf(prepared(client))
  return {
    query: <Row>(statement: string, parameters?: readonly unknown[]) =>
      queries.query<Row>(statement, parameters).catch(rethrow),
  }
}

function rethrow(error: unknown): never {
  throw asUnavailable(error)
}
