import { expect, test } from 'vitest'
import { moveClock } from '../../support/moved-clock.ts'
import { useBackend } from '../support/backend.ts'
import { useBrowser } from '../engines/browser.ts'
import { expectUndisturbed, lastEnd, loggedIn, loggedOut } from '../support/session-tabs.ts'

const start = useBackend()
const newContext = useBrowser()

test('after a 401 the page renews and repeats the request once; if the renewal fails, the caller gets the 401 unchanged', async () => {
  const backend = await start({ accessTtlS: 600 })
  const browser = await newContext()
  const tab = await browser.open(backend.page({ tab: 'one', mode: 'body' }))
  const answer = await tab.page.evaluate(() => window.fixture.register())
  await tab.page.evaluate((answer) => window.fixture.logIn(answer), answer)
  await loggedIn(tab)
  const statuses = () =>
    backend.requests.filter(({ path }) => path === '/api/me').map(({ status }) => status)

  // The clock of the page does not move, so for the page the token is fresh.
  moveClock(601_000)
  expect(await tab.page.evaluate(() => window.fixture.call('/api/me'))).toEqual({ status: 200 })
  expect(statuses()).toEqual([401, 200])
  expect(backend.refreshes()).toMatchObject({ requests: 1, rotations: 1 })
  await expectUndisturbed([tab])

  await endFromElsewhere(backend.url, answer)
  moveClock(601_000)
  const seen = await tab.page.evaluate(() => window.fixture.read('/api/me'))
  const error = { error: 'invalid_token', error_description: 'The access token has expired.' }
  expect(seen).toMatchObject({ status: 401, body: JSON.stringify(error) })
  expect(seen.challenge).toContain('error="invalid_token"')
  expect(statuses()).toEqual([401, 200, 401])
  await loggedOut(tab)
  expect(await lastEnd(tab)).toMatchObject({ reason: 'revoked' })
})

/** Logs out with the refresh token of the login, which may be spent. The page is not told. */
async function endFromElsewhere(url: string, login: unknown): Promise<void> {
  const { sid, refresh_token } = login as { readonly sid: string; readonly refresh_token: string }
  const { status } = await fetch(`${url}/auth/logout`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-requested-with': 'elsewhere' },
    body: JSON.stringify({ sid, refresh_token }),
  })
  expect(status).toBe(204)
}
