import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { openDatabase, type Database } from '../../demo/database/database.ts'

/** Makes a data folder with PGlite's tables in it. It is removed at the end of the test run, if not before. */
export function copyTemplate(): string {
  const folder = mkdtempSync(join(inject('copiesFolder'), 'copy-'))
  cpSync(inject('templateFolder'), folder, { recursive: true })
  return folder
}

let ofThisWorker: Promise<Database> | undefined

/**
 * Empties the database that all test files of this worker share. Opening PGlite takes seconds of work, emptying it does
 * not. Closing it does nothing.
 */
export async function emptyPGlite(): Promise<Database> {
  const database = await (ofThisWorker ??= openPGlite())
  const tables = await database.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
  )
  await database.query(`TRUNCATE ${tables.map(({ name }) => name).join()}`)
  return { ...database, close: () => Promise.resolve() }
}

/** Opens a database with nothing in its tables, which is gone when it is closed. */
export async function openPGlite(): Promise<Database> {
  const folder = copyTemplate()
  const database = await openDatabase({ databaseUrl: undefined, dataDir: folder })
  return {
    ...database,
    async close() {
      await database.close()
      rmSync(folder, { recursive: true })
    },
  }
}
