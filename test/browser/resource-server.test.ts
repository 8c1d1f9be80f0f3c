import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../../demo/config.ts'
import {
  startResourceServer,
  type RunningResourceServer,
} from '../../demo/resource-server/start-resource-server.ts'
import { until } from '../support/patience.ts'
import { useBackend, type Backend, type Settings } from './support/backend.ts'
import { useBrowser } from './engines/browser.ts'
import type { Tab } from './engines/tab.ts'
import type { Outcome } from './support/fixture-page.ts'
import { expectUndisturbed, loggedIn, skip, stateOf } from './support/session-tabs.ts'

const newContext = useBrowser()
const start = useBackend()

test('while the auth server is down, requests to a server on another origin carry the token, and the session survives', async () => {
  const { backend, resource, tab } = await openPage()
  expect(await callOther(tab, resource)).toEqual({ status: 200 })

  backend.trouble('requests lost')
  for (let n = 0; n < 5; n++) expect(await callOther(tab, resource)).toEqual({ status: 200 })
  await skip([tab], 3_600_000)
  const waiting = callOther(tab, resource)
  // The expired token is not sent: the page asks for a new one, and gets no answer.
  await expect.poll(() => lostRefreshes(backend)).toBeGreaterThan(0)
  backend.trouble(null)
  expect(await waiting).toEqual({ status: 200 })
  expect((await stateOf(tab)).status).toBe('logged-in')
})

test('a change of the keys that sign the tokens fails no request', async () => {
  const { backend, resource, tab } = await openPage({
    accessTtlS: 1,
    keys: { keyTtlS: 1, keyLeadS: 0.4, renewTtlS: 1, refreshTtlS: 3 },
  })
  const [first = ''] = await publishedBy(backend)
  await until('the first key is no longer published', async () => {
    expect(await callOther(tab, resource)).toEqual({ status: 200 })
    return !(await publishedBy(backend)).includes(first)
  })
  await expectUndisturbed([tab])
})

test('an origin that is not in `origins` gets no token', async () => {
  const { resource, tab } = await openPage({}, 'https://other.example')
  expect(await callOther(tab, resource)).toEqual({ status: 401 })
})

/** Starts a server on another origin that accepts the backend's tokens, opens a page and signs a user in. */
async function openPage(
  settings: Settings = {},
  origins?: string,
): Promise<{ backend: Backend; resource: RunningResourceServer; tab: Tab }> {
  const backend = await start(settings)
  const resource = await startResourceServer({
    ...readConfig({}),
    port: 0,
    allowedOrigins: [backend.url],
    jwksUrl: new URL('/.well-known/jwks.json', backend.url),
    keys: { everyMs: 100 },
    log: () => undefined,
  })
  onTestFinished(() => resource.close())
  const browser = await newContext()
  const page = { tab: 'one', mode: 'cookie', origins: origins ?? resource.url } as const
  const tab = await browser.open(backend.page(page))
  await tab.page.evaluate(() => window.fixture.signIn())
  await loggedIn(tab)
  return { backend, resource, tab }
}

function callOther({ page }: Tab, { url }: RunningResourceServer): Promise<Outcome> {
  return page.evaluate((url) => window.fixture.call(url), `${url}/api/me`)
}

function lostRefreshes({ requests }: Backend): number {
  return requests.filter(({ path, status }) => path === '/auth/refresh' && status === 503).length
}

async function publishedBy({ url }: Backend): Promise<string[]> {
  const response = await fetch(`${url}/.well-known/jwks.json`)
  const { keys } = (await response.json()) as { readonly keys: readonly { kid: string }[] }
  return keys.map(({ kid }) => kid)
}
