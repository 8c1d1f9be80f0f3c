import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type { Database } from './database.ts'
import { queriesOf } from './driver.ts'
import { lockFolder } from './folder-lock.ts'

/** Opens the embedded database in a folder, for this process alone; without a folder, in memory. */
export async function openPGlite(folder: string | undefined): Promise<Database> {
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
    // It is one process with its database: nothing can be lost between them.
    listen: (channel, { onMessage }) => db.listen(channel, onMessage),
    async close() {
      await db.close()
      unlock?.()
    },
  }
}
