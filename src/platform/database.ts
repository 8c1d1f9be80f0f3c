/** The object store of {@link openDatabase}. The names, and version 1, are those of the database that the first release made. */
export const STORE = 'sessions'
const NAME = 'latchkey'

/** The database of this origin. It is opened when it is first needed, and again after its connection was lost. */
export interface Database {
  /**
   * Begins a transaction on {@link STORE}. Rejects if the browser refuses; the next call tries again. Use the transaction
   * at once: it commits by itself when it has nothing to do.
   */
  begin(mode: IDBTransactionMode): Promise<IDBTransaction>
  /** Gives up the connection, or the attempt to open one. The next call of `begin` opens another. */
  disconnect(): void
}

/** Opens nothing yet: where IndexedDB is missing or refused, the first `begin` rejects. */
export function openDatabase(): Database {
  let connection: Promise<IDBDatabase> | undefined

  function connect(): Promise<IDBDatabase> {
    const opening = new Promise<IDBDatabase>((resolve, reject) => {
      // Without a version: this release never upgrades a database that a later one has made, and cannot be blocked.
      const request = indexedDB.open(NAME)
      request.onupgradeneeded = () => void request.result.createObjectStore(STORE)
      request.onerror = () => reject(request.error ?? new Error('IndexedDB refused'))
      request.onsuccess = () => {
        const database = request.result
        // A deletion waits until every tab has closed its connection. Until then no tab can open another.
        database.onversionchange = database.onclose = () => drop(opening)
        resolve(database)
      }
    })
    return opening
  }

  /** Closes a connection, also one that is still to be opened. */
  function drop(opening: Promise<IDBDatabase> | undefined): void {
    if (connection === opening) connection = undefined
    opening?.then(
      (database) => database.close(),
      () => undefined,
    )
  }

  async function begin(mode: IDBTransactionMode): Promise<IDBTransaction> {
    const isOld = connection !== undefined
    const opening = (connection ??= connect())
    try {
      return (await opening).transaction(STORE, mode)
    } catch (error) {
      drop(opening)
      // Safari closes connections without telling. A new one shows whether the database itself is at fault.
      if (isOld) return await begin(mode)
      throw error
    }
  }

  return { begin, disconnect: () => drop(connection) }
}
