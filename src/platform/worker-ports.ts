import type { Ports } from '../ports.ts'
import { commonPorts } from './common-ports.ts'
import { openIndexedDb } from './record-store.ts'
import { workerPage } from './worker-page.ts'

/** A SharedWorker or service worker as the session sees it: it has no localStorage, no cookies and no page. */
export function workerPorts(): Ports {
  return {
    ...commonPorts(),
    openRecord: (name) => openIndexedDb(name, workerPage),
    openMirror: () => ({ read: () => null, write: () => false, watch: () => () => undefined }),
    page: workerPage,
    measure: () => undefined,
  }
}
