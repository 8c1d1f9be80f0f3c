import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Makes this process the only one to use a data folder, until the returned function is called or the process dies.
 *
 * PGlite takes no lock of its own: two processes in one folder would silently ruin each other's data. An open SQLite
 * transaction is a file lock that the kernel lets go of however the process ends, so that nothing stale is left behind.
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
