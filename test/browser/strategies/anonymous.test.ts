import { expect, test } from 'vitest'
import { useBackend } from '../support/backend.ts'
import { useBrowser } from '../engines/browser.ts'
import { journal, loggedIn, onEach } from '../support/session-tabs.ts'

const start = useBackend()
const newContext = useBrowser()

test('ten tabs opened at once ask once for a token, and are one visitor', async () => {
  const backend = await start()
  const browser = await newContext()
  const tabs = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      browser.open(backend.page({ tab: String(n), mode: 'body', strategy: 'anonymous' })),
    ),
  )
  await onEach(tabs, loggedIn)
  // Where a browser is too busy to open the record in half a second, a tab goes by itself (G2), and says so.
  const heard = await onEach(tabs, journal)
  const together = tabs.filter((_, n) => !heard[n]?.some(({ what }) => what === 'degraded'))
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
