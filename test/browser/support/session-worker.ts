// The worker of the worker page: a SharedWorker, or a service worker with the same script.
import { serveRefreshes } from '../../../src/worker/index.ts'
import { transportFor } from './worker-transport.ts'

serveRefreshes({ transport: transportFor(new URLSearchParams(location.search).get('mode')) })

if ('skipWaiting' in globalThis) {
  const scope = globalThis as unknown as {
    skipWaiting(): Promise<void>
    readonly clients: { claim(): Promise<void> }
  }
  addEventListener('install', () => void scope.skipWaiting())
  addEventListener('activate', (event) => {
    ;(event as Event & { waitUntil(work: Promise<void>): void }).waitUntil(scope.clients.claim())
  })
}
