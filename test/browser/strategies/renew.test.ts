import { expect, test } from 'vitest'
import { useBackend, type Backend } from '../support/backend.ts'
import { useBrowser } from '../engines/browser.ts'
import { loggedIn, loggedOut, onEach, skip, sleep, stateOf } from '../support/session-tabs.ts'
import { until } from '../../support/patience.ts'

const HOUR_MS = 3_600_000
const WEEK_S = 7 * 24 * 3600
const start = useBackend()
const newContext = useBrowser()

test('an open page renews its token every hour, a page that opens renews it for all tabs, and an expired token is not renewed', async () => {
  const backend = await start({ strategy: { mode: 'renew', renewTtlS: WEEK_S } })
  const browser = await newContext()
  const page = { mode: 'body', strategy: 'renew' } as const
  const one = await browser.open(backend.page({ ...page, tab: 'one' }))
  await one.page.evaluate(() => window.fixture.signIn())
  await loggedIn(one)
  expect(renewals(backend)).toEqual([])

  const first = (await stateOf(one)).claims?.['jti']
  await sleep([one], 1.2 * HOUR_MS)
  await until(
    'the open page has renewed',
    async () => (await stateOf(one)).claims?.['jti'] !== first,
  )
  expect(renewals(backend)).toEqual([200])
  // The clock of the first tab moves too, but that tab is about to be hidden and gets no event.
  await skip([one], 1.8 * HOUR_MS)
  const two = await browser.open(backend.page({ ...page, tab: 'two', agesMs: 3 * HOUR_MS }))
  await until('the new page has renewed', () => renewals(backend)[1] === 200)
  // With the focus the first tab notices that its own renewal is due, and takes over the newer token.
  await one.page.evaluate(() => window.fixture.focus())
  expect(await one.page.evaluate(() => window.fixture.call('/api/me'))).toEqual({ status: 200 })
  await until('both tabs have the same token', async () => {
    const [mine, other] = await onEach([one, two], stateOf)
    return mine?.claims?.['jti'] === other?.claims?.['jti']
  })
  expect(renewals(backend)).toEqual([200, 200])
  expect(await two.page.evaluate(() => window.fixture.call('/api/me'))).toEqual({ status: 200 })

  await onEach([one, two], (tab) => tab.close())
  const late = await browser.open(
    backend.page({ ...page, tab: 'late', agesMs: WEEK_S * 1000 + 4 * HOUR_MS }),
  )
  await loggedOut(late)
  const end = await late.page.evaluate(() => window.fixture.takeLastEnd())
  expect(end).toMatchObject({ reason: 'session-limit' })
  expect(renewals(backend)).toEqual([200, 200])
})

function renewals({ requests }: Backend): (number | undefined)[] {
  return requests.filter(({ path }) => path === '/auth/renew').map(({ status }) => status)
}
