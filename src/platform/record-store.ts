import { createStore, get, update, type UseStore } from 'idb-keyval'
import type { RecordStore } from '../ports.ts'

/** Opens the record of one session in IndexedDB, in a database of its own. */
export function openIndexedDb(name: string): RecordStore {
  const open = new Set<IDBTransaction>()
  let store: UseStore | undefined
  let isAway = false

  // A page that enters WebKit's back/forward cache with a read-write transaction open hangs the database for every
  // other tab (G1).
  addEventListener('pagehide', leave)
  addEventListener('pageshow', comeBack)

  function leave(): void {
    isAway = true
    abortAll()
  }

  function comeBack(): void {
    isAway = false
  }

  function abortAll(): void {
    for (const transaction of open) {
      try {
        transaction.abort()
      } catch {
        // It has just finished by itself.
      }
    }
    open.clear()
  }

  /** Whoever deletes the database waits until all have closed it, and everybody who opens it then waits for them. */
  function letGo(this: IDBDatabase): void {
    this.close()
    store = undefined
  }

  const tracked: UseStore = async (mode, callback) => {
    if (isAway)
      await new Promise((resolve) => addEventListener('pageshow', resolve, { once: true }))
    store ??= createStore('latchkey', 'sessions')
    return await store(mode, (objectStore) => {
      const { transaction } = objectStore
      transaction.db.onversionchange = letGo
      // What only reads holds nobody up.
      if (mode === 'readonly') return callback(objectStore)
      const forget = (): void => void open.delete(transaction)
      open.add(transaction)
      transaction.addEventListener('complete', forget)
      transaction.addEventListener('abort', forget)
      return callback(objectStore)
    })
  }

  /** What the page's leaving has aborted is done when it is back. */
  const lasting: RecordStore['update'] = async (change) => {
    for (;;) {
      try {
        return await update(name, change, tracked)
      } catch (error) {
        if (!isAway) throw error
      }
    }
  }

  return {
    read: () => get(name, tracked),
    update: lasting,
    reopen() {
      // What hung once would hang for ever: idb-keyval keeps the promise of the connection.
      abortAll()
      store = undefined
    },
    close() {
      abortAll()
      removeEventListener('pagehide', leave)
      removeEventListener('pageshow', comeBack)
    },
  }
}
