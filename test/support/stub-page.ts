import { IDBFactory } from 'fake-indexeddb'
import { vi } from 'vitest'
import { ORIGIN } from '../../src/testing/virtual-page.ts'

/** The part of a page that is needed to keep something in IndexedDB, which is empty. Node.js has the rest. */
export function stubPage(): void {
  vi.stubGlobal('window', new EventTarget())
  vi.stubGlobal(
    'document',
    Object.assign(new EventTarget(), { baseURI: `${ORIGIN}/page`, visibilityState: 'visible' }),
  )
  vi.stubGlobal('indexedDB', new IDBFactory())
}

/** Clears IndexedDB while it is open, as the user or the browser may do. */
export function clearStorage(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase('latchkey')
    request.onsuccess = () => resolve()
    request.onblocked = () => reject(new Error('The connection was kept open'))
  })
}
