import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { pageOf } from '../bench/support/bundle.ts'
import { serve } from '../support/article-server.ts'
import { launchBrowser } from './engines/browser.ts'

test('a session lives on the msw handlers in a page, where they run in its service worker', async () => {
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

  expect(await tab.page.evaluate(() => window.tellStory())).toMatchObject({
    subject: 'alice',
    echoed: { method: 'POST', path: '/api/notes', body: { text: 'hello' }, subject: 'alice' },
    // Nobody was signed in when the page opened; then the one renewal it asked for.
    rows: ['refused', 'rotated'],
    statusAfterLogout: 'logged-out',
  })
})
