import type { Config } from './config.ts'
import { openPGlite } from './pglite-database.ts'
import { connectPostgres } from './postgres-database.ts'
import { prepareSchema } from './schema.ts'

/**
 * All that the server asks of a database. PGlite and PostgreSQL both fit behind it and get the same statements, so that
 * a demo without any installation behaves as a deployment does.
 */
export interface Queries {
  /** Runs one statement. The caller, who wrote its columns, says what a row looks like. */
  query<Row>(statement: string, parameters?: readonly unknown[]): Promise<Row[]>
}

export interface Database extends Queries {
  /** Commits when `work` resolves, rolls back when it rejects. Read committed: each statement sees what others have committed before it. */
  transaction<Result>(work: (tx: Queries) => Promise<Result>): Promise<Result>
  /**
   * Hears of what is told on a channel by `pg_notify`, by this instance or another, as soon as that has committed. Resolves
   * once it does; returns how to stop.
   */
  listen(channel: string, listener: Listener): Promise<() => Promise<void>>
  close(): Promise<void>
}

export interface Listener {
  onMessage(payload: string): void
  /** The connection was lost and there is a new one: what was told in between has been missed. */
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
