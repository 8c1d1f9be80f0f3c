import type { Hono } from 'hono'
import { expect, test } from 'vitest'
import { useBrowser } from './engines/browser.ts'
import type { Tab } from './engines/tab.ts'
import { useBackend } from './support/backend.ts'
import { burst, expectUndisturbed, expire, loggedIn, openSession } from './support/session-tabs.ts'

const OK = { status: 200 }
/** A service worker as many applications have one: it handles every request by passing it on to the network. */
const WORKER = `
  addEventListener('install', () => skipWaiting())
  addEventListener('activate', (event) => event.waitUntil(clients.claim()))
  addEventListener('fetch', (event) => event.respondWith(fetch(event.request)))
`

const newContext = useBrowser()
const start = useBackend()

test.for(['cookie', 'body'] as const)(
  "two tabs behind the application's own service worker refresh once and keep their session, in %s mode",
  async (mode) => {
    const backend = await start({ routes: serveWorker })
    const tabs = await openSession(
      backend,
      await newContext(),
      { tab: 'one', mode },
      { tab: 'two', mode },
    )
    await control(tabs)
    const before = backend.refreshes()
    await expire(backend, tabs)
    for (const tab of tabs) expect(await burst(tab, 3)).toEqual([OK, OK, OK])
    expect(backend.refreshes()).toEqual({
      ...before,
      requests: before.requests + 1,
      rotations: before.rotations + 1,
    })

    await tabs[0].page.reload()
    await loggedIn(tabs[0])
    backend.expireAccessTokens()
    expect(await burst(tabs[0], 1)).toEqual([OK])
    await expectUndisturbed(tabs)
  },
)

function serveWorker(app: Hono): void {
  app.get('/worker.js', (c) => c.body(WORKER, 200, { 'content-type': 'text/javascript' }))
}

/** Registers the service worker, which handles all further requests of these tabs. */
async function control(tabs: readonly Tab[]): Promise<void> {
  for (const { page } of tabs)
    await page.evaluate(async () => {
      const { serviceWorker } = navigator
      const isControlled = new Promise((resolve) =>
        serviceWorker.addEventListener('controllerchange', resolve),
      )
      await serviceWorker.register('/worker.js')
      if (!serviceWorker.controller) await isControlled
    })
}
