import {
  createWorkerClient,
  type WorkerClient,
  type WorkerClientDeps,
} from './core/worker/worker-client.ts'
import { misuse } from './misuse.ts'
import { openWorkerLink, type Connected } from './platform/worker-link.ts'

declare const opaque: unique symbol

/** A worker for the option `worker`. Create it with {@link refreshWorker}; what it holds is not part of the API. */
export interface RefreshWorker {
  readonly [opaque]?: 'refresh-worker'
}

/** What a {@link RefreshWorker} holds. */
export interface RefreshWorkerFeature extends RefreshWorker {
  readonly feature: 'worker'
  readonly start: (deps: WorkerClientDeps) => WorkerClient
}

/**
 * Lets a worker make the refreshes, so that the answer to one outlives the tab that needed it. `connect` returns a
 * SharedWorker or the application's own service worker, in which `serveRefreshes` runs. It is called when the session is
 * created, and again if the worker does not answer. If the worker cannot be reached, tabs refresh by themselves, and the
 * session emits `degraded`. Throws a `TypeError` on misuse.
 */
export function refreshWorker(connect: () => Connected | Promise<Connected>): RefreshWorker {
  if (typeof connect !== 'function')
    throw misuse(
      'connect',
      "a function, such as () => new SharedWorker(new URL('./session-worker.ts', import.meta.url))",
      connect,
    )
  const feature: RefreshWorkerFeature = {
    feature: 'worker',
    start: (deps) => createWorkerClient(deps, openWorkerLink(connect)),
  }
  return feature
}
