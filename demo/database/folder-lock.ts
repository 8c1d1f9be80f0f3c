import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Gives this process the exclusive use of a data folder, until the returned function is called or the process ends.
 *
 * PGlite has no lock of its own: two processes in one folder would silently corrupt the data. An open SQLite
 * transaction is a file lock that the kernel releases however the process ends, so no stale lock is left behind.
 */
export function lockFolder(folder: string): () => void {
  const lock = new DatabaseSync(join(folder, 'lock'))
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw new Error(`Another process is using ${folder}. End it, or set DATA_DIR.`, { cause })
  }
  return () => lock.close()
}
