import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { openDatabase, type Database } from '../../demo/server/database.ts'

/** A new data folder with PGlite's tables in it. The caller removes it. */
export function copyTemplate(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-data-'))
  cpSync(inject('templateFolder'), folder, { recursive: true })
  return folder
}

/** Opens a database with empty tables, which is gone when it is closed. */
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
