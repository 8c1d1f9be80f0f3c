import { expect, test } from 'vitest'
import { useBackend } from '../support/backend.ts'
import { useBrowser } from '../engines/browser.ts'
import { journal, loggedIn, onEach } from '../support/session-tabs.ts'

const start = useBackend()
const newContext = useBrowser()

test('ten tabs that open at once request one anonymous token and share its subject', async () => {
  const backend = await start()
  const browser = await newContext()
  const tabs = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      browser.open(backend.page({ tab: String(n), mode: 'body', strategy: 'anonymous' })),
    ),
  )
  await onEach(tabs, loggedIn)
  // A tab whose busy browser does not open the record within half a second works alone (G2) and reports that.
  const journals = await onEach(tabs, journal)
  const together = tabs.filter((_, n) => !journals[n]?.some(({ what }) => what === 'degraded'))
  expect(together.length).toBeGreaterThan(1)

  const answers = await onEach(together, ({ page }) =>
    page.evaluate(() => window.fixture.read('/api/visit')),
  )
  const visitors = answers.map(({ status, body }) => {
    expect(status).toBe(200)
    return (JSON.parse(body) as { readonly sub: string }).sub
  })
  expect(new Set(visitors).size).toBe(1)
  expect(visitors[0]).toMatch(/^anonymous:/)
  const asked = backend.requests.filter(({ path }) => path === '/auth/anonymous')
  expect(asked.length).toBeLessThanOrEqual(1 + tabs.length - together.length)
})
