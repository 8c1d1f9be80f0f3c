import { expect, onTestFinished, test } from 'vitest'
import { startEchoServer } from '../support/echo-server.ts'
import { launchBrowser } from './engines/browser.ts'
import { fixture } from './support/serve-page.ts'

test('a <base> that is injected after `createSession` does not send refreshes to another origin', async () => {
  const html = await fixture('replay-page.ts')
  let refreshes = 0
  const elsewhere = await startEchoServer((_, response) =>
    response.setHeader('access-control-allow-origin', '*'),
  )
  const app = await startEchoServer((request, response) => {
    if (request.url === '/') response.setHeader('content-type', 'text/html').end(html)
    if (request.url === '/auth/refresh')
      response.end(JSON.stringify({ access_token: `secret-${String(++refreshes)}` }))
  })
  onTestFinished(async () => {
    await app.close()
    await elsewhere.close()
  })
  const { page } = await (await launchBrowser()).open(`${app.origin}/`)
  await page.evaluate(() => window.logIn())
  await page.evaluate((href: string) => {
    const base = document.createElement('base')
    base.href = href
    document.head.prepend(base)
  }, `${elsewhere.origin}/`)

  app.answer(401)
  const outcome = await page.evaluate(
    (...args) => window.send(...args),
    'authFetch' as const,
    `${app.origin}/notes`,
    {},
  )

  expect(outcome).toMatchObject({ status: 200 })
  expect(refreshes).toBe(1)
  expect(elsewhere.take()).toEqual([])
})
