import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import type { Config } from './config.ts'
import { lockFolder } from './folder-lock.ts'
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
  close(): Promise<void>
}

/** Opens the configured database with its tables in place. */
export async function openDatabase(
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
): Promise<Database> {
  const database =
    config.databaseUrl === undefined
      ? await openPGlite(config.dataDir)
      : openPostgres(config.databaseUrl)
  try {
    await prepareSchema(database)
  } catch (error) {
    await database.close()
    throw error
  }
  return database
}

async function openPGlite(folder: string | undefined): Promise<Database> {
  if (folder === undefined) return fromPGlite(await PGlite.create())
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const unlock = lockFolder(folder)
  try {
    return fromPGlite(await PGlite.create(join(folder, 'pglite')), unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

function fromPGlite(db: PGlite, unlock?: () => void): Database {
  return {
    ...queriesOf(db),
    transaction: (work) => db.transaction((tx) => work(queriesOf(tx))),
    async close() {
      await db.close()
      unlock?.()
    },
  }
}

function openPostgres(connectionString: string): Database {
  const pool = new pg.Pool({ connectionString })
  // The pool replaces an idle connection that breaks; without a listener Node would end the process.
  pool.on('error', () => undefined)
  return {
    ...queriesOf(pool),
    async transaction(work) {
      const client = await pool.connect()
      try {
        await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
        const result = await work(queriesOf(client))
        await client.query('COMMIT')
        client.release()
        return result
      } catch (error) {
        await client.query('ROLLBACK').then(
          () => client.release(),
          () => client.release(true),
        )
        throw error
      }
    },
    close: () => pool.end(),
  }
}

interface Driver {
  query(statement: string, parameters: unknown[]): Promise<{ rows: unknown[] }>
}

function queriesOf(driver: Driver): Queries {
  return {
    async query<Row>(statement: string, parameters: readonly unknown[] = []) {
      const { rows } = await driver.query(statement, [...parameters])
      return rows as Row[]
    },
  }
}
