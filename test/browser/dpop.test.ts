import { expect, onTestFinished, test } from 'vitest'
import { startOidcServer, type OidcServer } from '../support/oidc/oidc-server.ts'
import { useBrowser } from './engines/browser.ts'
import type { Tab } from './engines/tab.ts'
import { startDpopApi, type DpopApi } from './support/dpop-api.ts'
import { until } from '../support/patience.ts'
import { waitForElement } from './engines/wait-for-element.ts'
import { servePage } from './support/serve-page.ts'

// DPoP (RFC 9449) in a real browser, against oidc-provider and an API, which both refuse requests without a proof.

const AUDIENCE = 'https://api.example'
const newContext = useBrowser()

test('three tabs share tokens that are bound to one key, which no script can export, through sign-in, rotations, nonces and a reload', async () => {
  const { server, api, open } = await start()
  const tabs = [await open(), await open(), await open()] as const
  await signIn(tabs[0])
  for (const tab of tabs) await loggedIn(tab)
  // A tab without an access token takes over that of another tab and does not renew.
  expect(await onEach(tabs, call)).toEqual([200, 200, 200])

  const [key] = await onEach(tabs, ({ page }) => page.evaluate(() => window.dpopPage.key()))
  expect(await onEach(tabs, keyOf)).toEqual([key, key, key])
  // The page's copy and the stored copy, each as a JWK and as PKCS#8. The key that seals the tokens is secret, not private.
  const refused = Array<string>(4).fill('InvalidAccessError')
  expect(await tabs[1].page.evaluate(() => window.dpopPage.exportKey())).toEqual(refused)

  // Without the key the tokens are refused.
  expect(await tabs[0].page.evaluate(() => window.dpopPage.refreshElsewhere())).toEqual([
    expect.objectContaining({ error: 'invalid_grant' }),
    expect.objectContaining({ error: 'invalid_grant' }),
  ])
  const stolen = await tabs[2].page.evaluate(() => window.dpopPage.renew())
  await allHave(tabs, stolen)
  for (const scheme of ['Bearer', 'DPoP']) {
    const headers = { authorization: `${scheme} ${stolen}` }
    expect((await fetch(`${api.url}/notes`, { headers })).status).toBe(401)
  }

  for (let round = 1; round <= 3; round++) {
    api.demand(`nonce-${round}`)
    for (const tab of tabs) {
      const token = await tab.page.evaluate(() => window.dpopPage.renew())
      expect(token).not.toBe(stolen)
      await allHave(tabs, token)
      expect(await onEach(tabs, call)).toEqual([200, 200, 200])
    }
  }
  const made = server.refreshes()
  expect(made).toMatchObject({ made: 10, reuses: 0 })

  await tabs[1].page.reload()
  await loggedIn(tabs[1])
  const late = await open()
  await loggedIn(late)
  const all = [...tabs, late]
  expect(await onEach(all, keyOf)).toEqual(all.map(() => key))
  expect(await onEach(all, call)).toEqual(all.map(() => 200))
  expect([...api.keys]).toEqual([key])
  // Neither the reloaded tab nor the new one has renewed: both took over the token of another tab.
  expect(server.refreshes()).toEqual(made)
  await tabs[0].page.evaluate(() => window.dpopPage.signOut())
  for (const tab of all) await statusIs(tab, 'logged-out')
})

test('a request that the API answers with 401 and a nonce is sent again with the same body, and the token is not renewed', async () => {
  const { server, api, open } = await start()
  const tab = await open()
  await signIn(tab)
  await loggedIn(tab)
  api.demand('nonce-1')
  const status = await tab.page.evaluate(() => window.dpopPage.call('/notes', 'a note'))
  expect(status).toBe(200)
  expect(await call(tab)).toBe(200)
  expect(api.answers).toEqual([
    { body: 'a note', status: 401 },
    { body: 'a note', status: 200 },
    { body: '', status: 200 },
  ])
  expect(server.refreshes().made).toBe(0)
})

interface Setting {
  readonly server: OidcServer
  readonly api: DpopApi
  open(): Promise<Tab>
}

/** Starts a provider that demands nonces, and the API that takes its tokens. */
async function start(): Promise<Setting> {
  const pageUrl = await servePage('dpop-page.ts')
  const server = await startOidcServer({ pageUrl, audience: AUDIENCE, dpopNonces: true })
  onTestFinished(() => server.close())
  const { issuer, clientId } = server
  const api = await startDpopApi(issuer, AUDIENCE, pageUrl)
  const browser = await newContext()
  const settings = new URLSearchParams({ issuer, clientId, api: api.url })
  return { server, api, open: () => browser.open(`${pageUrl}#${settings}`) }
}

/** Signs in as a user does: in the provider's own form. */
async function signIn({ page }: Tab): Promise<void> {
  await page.bringToFront()
  // Not awaited, because it leaves the page.
  await page.evaluate(() => void window.dpopPage.signIn())
  await waitForElement(page, 'input[name="login"]')
  await page.type('input[name="login"]', 'alice')
  await page.click('button')
}

function loggedIn(tab: Tab): Promise<void> {
  return statusIs(tab, 'logged-in')
}

async function statusIs({ page }: Tab, status: string): Promise<void> {
  await until(`the tab is ${status}`, () =>
    page
      .evaluate((wanted) => (window as Partial<Window>).dpopPage?.status() === wanted, status)
      // While the provider redirects the user there is no page that could answer.
      .catch(() => false),
  )
}

function keyOf({ page }: Tab): Promise<string> {
  return page.evaluate(() => window.dpopPage.key())
}

function call({ page }: Tab): Promise<number> {
  return page.evaluate(() => window.dpopPage.call('/notes'))
}

function onEach<Result>(
  tabs: readonly Tab[],
  work: (tab: Tab) => Promise<Result>,
): Promise<Result[]> {
  return Promise.all(tabs.map(work))
}

/** Waits until all tabs have this access token: a tab that has an older one takes over a newer one before it renews. */
async function allHave(tabs: readonly Tab[], token: string): Promise<void> {
  await until('all tabs have the token', async () => {
    const held = await onEach(tabs, ({ page }) => page.evaluate(() => window.dpopPage.token()))
    return held.every((each) => each === token)
  })
}
