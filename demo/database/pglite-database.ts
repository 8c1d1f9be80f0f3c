import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type { Database } from './database.ts'
import { queriesOf } from './driver.ts'
import { lockFolder } from './folder-lock.ts'

/** Opens the embedded database in a folder, for this process only; without a folder, in memory. */
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
    // It runs in this process, so there is no connection to lose.
    listen: (channel, { onMessage }) => db.listen(channel, onMessage),
    async close() {
      await db.close()
      unlock?.()
    },
  }
}
