import type { Config } from '../config.ts'
import { openPGlite } from './pglite-database.ts'
import { connectPostgres } from './postgres-database.ts'
import { prepareSchema } from './prepare-schema.ts'

/**
 * What the server needs of a database. PGlite and PostgreSQL both implement it and get the same statements, so that a
 * demo without any installation behaves as a deployment does.
 */
export interface Queries {
  /** Runs one statement. The type of a row is up to the caller, who wrote the columns. */
  query<Row>(statement: string, parameters?: readonly unknown[]): Promise<Row[]>
}

export interface Database extends Queries {
  /**
   * Commits when `work` resolves, and rolls back when it rejects. Read committed: each statement sees what was
   * committed before it began.
   */
  transaction<Result>(work: (tx: Queries) => Promise<Result>): Promise<Result>
  /**
   * Listens to a channel of `pg_notify`, for messages of this and other instances; a message arrives once its
   * transaction has committed. Resolves when it listens, to a function that stops it.
   */
  listen(channel: string, listener: Listener): Promise<() => Promise<void>>
  close(): Promise<void>
}

export interface Listener {
  onMessage(payload: string): void
  /** Called when a lost connection was replaced: messages sent in between were missed. */
  onResumed(): void
}

/** Opens the configured database with its tables in place. */
export async function openDatabase(
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
): Promise<Database> {
  const database =
    config.databaseUrl === undefined
      ? await openPGlite(config.dataDir)
      : connectPostgres(config.databaseUrl)
  try {
    await prepareSchema(database)
  } catch (error) {
    await database.close()
    throw error
  }
  return database
}
