import { misuse, ownOptions } from '../misuse.ts'
import { listenInWorker } from '../platform/listen-in-worker.ts'
import { workerPorts } from '../platform/worker-ports.ts'
import type { TokenStorage } from '../tokens.ts'
import type { Transport } from '../transport.ts'
import { createAnswers } from './answer-requests.ts'

/** Options of {@link serveRefreshes}. */
export interface ServeRefreshesOptions {
  /** The same transport as on the pages: create it in a module that both import. Its URLs are resolved as on the page that asks. */
  readonly transport: Transport
  /** Where tokens are kept, as on the pages. @default the transport's choice */
  readonly storage?: TokenStorage | undefined
  /** Sends the refreshes. @default the global fetch */
  readonly fetch?: typeof fetch | undefined
}

/**
 * Makes the refreshes of the pages that name this worker in their option `worker`. Call it at once when the script of a
 * SharedWorker or a service worker runs, not after an `await`: later it would miss the first messages.
 *
 * The worker does nothing unless a page asks it to. In a service worker the browser is asked to keep it alive for the time of a
 * refresh. Throws a `TypeError` on misuse, and where it is neither.
 */
export function serveRefreshes(given: ServeRefreshesOptions): void {
  const { transport, storage = transport?.storage, fetch: send } = ownOptions(given)
  if (typeof transport?.refresh !== 'function')
    throw misuse('transport', "a transport, such as cookieTransport('/auth')", transport)
  if (typeof storage?.seal !== 'function')
    throw misuse('storage', 'memoryStorage() or recordStorage()', storage)
  if (send !== undefined && typeof send !== 'function') throw misuse('fetch', 'a function', send)
  const ports = workerPorts()
  const answer = createAnswers({ transport, storage }, { ...ports, fetch: send ?? ports.fetch })
  if (!listenInWorker(answer))
    throw new TypeError('serveRefreshes() runs in a SharedWorker or in a service worker')
}
