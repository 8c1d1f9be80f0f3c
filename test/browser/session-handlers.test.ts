import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { pageOf } from '../bench/support/bundle.ts'
import { serve } from '../support/article-server.ts'
import { launchBrowser } from './engines/browser.ts'

test('a session works with the msw handlers in a page, where msw intercepts requests in a service worker', async () => {
  const page = await pageOf(`${import.meta.dirname}/support/handlers-page.ts`)
  const worker = fileURLToPath(import.meta.resolve('msw/mockServiceWorker.js'))
  const { url, close } = await serve(
    new Hono()
      .get('/', (c) => c.html(page))
      .get('/mockServiceWorker.js', (c) =>
        c.body(readFileSync(worker, 'utf8'), 200, { 'content-type': 'text/javascript' }),
      ),
  )
  onTestFinished(close)
  const browser = await launchBrowser()
  const tab = await browser.open(url)

  expect(await tab.page.evaluate(() => window.runSession())).toMatchObject({
    subject: 'alice',
    echoed: { method: 'POST', path: '/api/notes', body: { text: 'hello' }, subject: 'alice' },
    // The page asked whether a user is signed in when it opened, and later forced one renewal.
    rows: ['refused', 'rotated'],
    statusAfterLogout: 'logged-out',
  })
})
