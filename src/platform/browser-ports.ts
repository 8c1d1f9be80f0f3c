import type { Ports } from '../ports.ts'
import { commonPorts } from './common-ports.ts'
import { openLocalStorage } from './mirror.ts'
import { hasPage, page } from './page.ts'
import { openIndexedDb } from './record-store.ts'

/** The browser as the session sees it; `null` if there is no page: on a server, in a worker, in React Native. */
export function browserPorts(): Ports | null {
  if (!hasPage()) return null
  return {
    ...commonPorts(),
    openRecord: openIndexedDb,
    openMirror: openLocalStorage,
    page,
    measure(name, start, detail) {
      try {
        performance.measure(name, { start, detail })
      } catch {
        // Some environments with a document do not have it.
      }
    },
  }
}
