import type { Page, RecordStore } from '../ports.ts'
import { openDatabase, STORE } from './database.ts'
import { page } from './page.ts'

/** Opens the record called `name`: one value in IndexedDB, shared by all tabs of this origin. `around` is the page, or what stands in for it. */
export function openIndexedDb(name: string, around: Pick<Page, 'watch'> = page): RecordStore {
  const database = openDatabase()
  const underWay = new Set<IDBTransaction>()
  let absences = 0
  let back: Promise<void> | undefined
  let comeBack: () => void = () => undefined

  // A page that is suspended with a transaction open blocks every other tab: in WebKit's back/forward cache if the
  // transaction writes, frozen by Chromium even if it only reads.
  const unwatch = around.watch((moment) => {
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
    for (const transaction of underWay) {
      try {
        transaction.abort()
      } catch {
        // It has just finished.
      }
    }
    underWay.clear()
  }

  /** Reads the value and, if there is a `change`, replaces it in the same transaction by what that returns. */
  async function transact(change?: (current: unknown) => unknown): Promise<unknown> {
    for (;;) {
      const before = absences
      await back
      try {
        return await run(await database.begin(change ? 'readwrite' : 'readonly'), change)
      } catch (error) {
        // A transaction that the page aborted as it left has written nothing. Repeat it when the page is back.
        if (absences === before) throw error
      }
    }
  }

  function run(
    transaction: IDBTransaction,
    change?: (current: unknown) => unknown,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const store = transaction.objectStore(STORE)
      const reading = store.get(name)
      underWay.add(transaction)
      transaction.oncomplete = () => {
        underWay.delete(transaction)
        resolve(reading.result)
      }
      transaction.onabort = () => {
        underWay.delete(transaction)
        reject(transaction.error ?? new Error('The transaction was aborted'))
      }
      reading.onsuccess = () => {
        try {
          if (change) store.put(change(reading.result), name)
          else resolve(reading.result)
        } catch (error) {
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever `change` threw
          reject(error)
          transaction.abort()
        }
      }
      // The page left while the connection was being opened.
      if (back) abortAll()
    })
  }

  function disconnect(): void {
    abortAll()
    database.disconnect()
  }

  return {
    read: () => transact(),
    async update(change) {
      await transact(change)
    },
    reopen: disconnect,
    close() {
      disconnect()
      unwatch()
    },
  }
}
