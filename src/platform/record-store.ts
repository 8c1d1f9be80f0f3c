import { createStore, get, update, type UseStore } from 'idb-keyval'
import type { RecordStore } from '../ports.ts'
import { page } from './page.ts'

/** Opens the record of one session in IndexedDB, in a database of its own. */
export function openIndexedDb(name: string): RecordStore {
  const open = new Set<IDBTransaction>()
  let store: UseStore | undefined
  let absences = 0
  let back: Promise<void> | undefined
  let comeBack: () => void = () => undefined

  // A page that stands still with a transaction open holds up every other tab: in WebKit's back/forward cache with one
  // that writes, frozen by Chromium with one that reads, too (G1).
  const unwatch = page.watch((moment) => {
    if (moment === 'left') leave()
    if (moment === 'woke') comeBack()
  })

  function leave(): void {
    absences++
    back ??= new Promise((resolve) => {
      comeBack = () => {
        back = undefined
        resolve()
      }
    })
    abortAll()
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
    for (;;) {
      const before = absences
      await back
      store ??= createStore('latchkey', 'sessions')
      try {
        return await store(mode, (objectStore) => {
          track(objectStore.transaction)
          return callback(objectStore)
        })
      } catch (error) {
        // Cut off as the page left, and nothing is written: once more when it is back.
        if (absences === before) throw error
      }
    }
  }

  function track(transaction: IDBTransaction): void {
    transaction.db.onversionchange = letGo
    const forget = (): void => void open.delete(transaction)
    open.add(transaction)
    transaction.addEventListener('complete', forget)
    transaction.addEventListener('abort', forget)
    // The page has left while the database was opened.
    if (back) abortAll()
  }

  return {
    read: () => get(name, tracked),
    update: (change) => update(name, change, tracked),
    reopen() {
      // What hung once would hang for ever: idb-keyval keeps the promise of the connection.
      abortAll()
      store = undefined
    },
    close() {
      abortAll()
      unwatch()
    },
  }
}
