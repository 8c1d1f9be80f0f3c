import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { serveHtml } from '../bench/support/serve-html.ts'
import type { OidcSettings } from '../support/oidc/configure.ts'
import {
  REVOCATION_PATH,
  startOidcServer,
  TOKEN_PATH,
  type OidcServer,
} from '../support/oidc/oidc-server.ts'
import { refresh } from '../support/oidc/sign-in.ts'
import { useBrowser } from './engines/browser.ts'
import { needs } from './engines/engines.ts'
import type { Context, Tab } from './engines/tab.ts'
import { LIFETIMES } from './support/repeats.ts'
import { addressOf, allAre, expire, eventsOf, openTab, signInAs } from './support/oidc/tabs.ts'
import { fixture } from './support/serve-page.ts'
import { until } from '../support/patience.ts'

const newContext = useBrowser()
let html: string
beforeAll(async () => {
  html = await fixture('oidc/page.ts')
})

interface World {
  readonly provider: OidcServer
  readonly browser: Context
  /** All are signed in. The user has signed in in the first one. */
  readonly tabs: readonly [Tab, Tab, Tab]
  readonly address: string
}

/** Opens three tabs of a page on an origin of its own, and signs Alice in at the provider. */
async function open(settings: Partial<OidcSettings> = {}, scope?: string): Promise<World> {
  const pageUrl = await serveHtml(html, onTestFinished)
  const provider = await startOidcServer({ pageUrl, ...settings })
  onTestFinished(() => provider.close())
  const browser = await newContext()
  const address = addressOf(pageUrl, provider, scope)
  const tabs = [
    await openTab(browser, address),
    await openTab(browser, address),
    await openTab(browser, address),
  ] as const
  await tabs[0].page.bringToFront()
  await signInAs(tabs[0], 'alice')
  await allAre(tabs, 'logged-in')
  return { provider, browser, tabs, address }
}

function burst(tabs: readonly Tab[], count: number): Promise<(number | string)[][]> {
  return Promise.all(
    tabs.map(({ page }) => page.evaluate((count) => window.oidc.burst(count), count)),
  )
}

test('a sign-in by code with PKCE in one tab signs all tabs in, and their requests to another origin carry the token', async () => {
  const { provider, tabs } = await open()
  for (const { page } of tabs)
    expect(await page.evaluate(() => window.oidc.state())).toMatchObject({ subject: 'alice' })
  expect(await burst(tabs, 2)).toEqual([
    [200, 200],
    [200, 200],
    [200, 200],
  ])
  // The code and the state are gone from the address.
  expect(await tabs[0].page.evaluate(() => location.search)).toBe('')
  expect(provider.refreshes()).toEqual({ made: 0, reuses: 0, refused: 0 })
})

describe.each([
  ['rotates', true],
  ['does not rotate', false],
])('a provider that %s', (_, rotates) => {
  test('gets one refresh in each lifetime of a token, however many requests three tabs send at once, and no spent token', async () => {
    const { provider, tabs, browser, address } = await open({ rotates })
    for (let lifetime = 1; lifetime <= LIFETIMES; lifetime++) {
      await expire(tabs)
      expect(await burst(tabs, 3)).toEqual(tabs.map(() => [200, 200, 200]))
      expect(provider.refreshes()).toEqual({ made: lifetime, reuses: 0, refused: 0 })
    }
    expect(await eventsOf(tabs, 'ended')).toEqual([])
    expect(await eventsOf(tabs, 'refresh-failed')).toEqual([])
    const refreshed = await eventsOf(tabs, 'refreshed')
    expect(refreshed.filter(({ by }) => by === 'this-tab')).toHaveLength(LIFETIMES)

    // A tab that opens later takes over the newest token.
    const late = await openTab(browser, address)
    expect(await burst([late], 1)).toEqual([[200]])
    expect(provider.refreshes().made).toBe(LIFETIMES)
    // Each page that refreshes requests the issuer's metadata once, and so does the page that signs in.
    const discoveries = provider.requests.filter(({ path }) => path.includes('.well-known'))
    expect(discoveries.length).toBeLessThanOrEqual(tabs.length + 2)
  })
})

test('a logout in one tab ends the session in all tabs, and the provider refuses its refresh token afterwards', async () => {
  const { provider, tabs } = await open()
  await expire(tabs)
  await burst(tabs, 1)
  await tabs[1].page.evaluate(() => window.oidc.logOut())
  await allAre(tabs, 'logged-out')
  await until('the provider was told of the logout', () =>
    provider.requests.some(({ path, status }) => path === REVOCATION_PATH && status === 200),
  )
  expect(await refresh(provider, provider.lastRefreshToken)).toMatchObject({
    error: 'invalid_grant',
  })
  expect(provider.refreshes().reuses).toBe(0)
})

test('while the provider does not allow the origin of the page, refreshes fail and the user stays signed in', async () => {
  const { provider, tabs } = await open()
  const strange = 'http://127.0.0.1:9'
  provider.admit(strange)
  await expire(tabs)
  const waiting = burst(tabs.slice(0, 1), 1)
  await until(
    'a refresh was refused',
    async () => (await eventsOf(tabs, 'refresh-failed')).length > 0,
  )
  provider.admit(await tabs[0].page.evaluate(() => location.origin))
  expect(await waiting).toEqual([[200]])
  expect(await eventsOf(tabs, 'ended')).toEqual([])
  expect(provider.refreshes().reuses).toBe(0)
})

test('the subject stays the same if access tokens name the user differently and refreshes bring no ID token', async () => {
  const { provider, tabs } = await open({ audience: 'https://api.example' }, 'offline_access')
  for (let lifetime = 1; lifetime <= 2; lifetime++) {
    await expire(tabs)
    // Userinfo refuses a token for another API. The request is here to cause a refresh.
    await burst(tabs, 1)
    await until('the token was renewed', () => provider.refreshes().made >= lifetime)
  }
  for (const { page } of tabs)
    expect(await page.evaluate(() => window.oidc.state())).toMatchObject({ subject: 'alice' })
  expect(await eventsOf(tabs, 'refresh-failed')).toEqual([])
})

describe('a refresh whose connection breaks', () => {
  test('before the provider has read it is sent again, and all requests are answered', async () => {
    const { provider, tabs } = await open()
    const gate = provider.hold('requests', TOKEN_PATH, 1)
    await expire(tabs)
    const answers = burst(tabs, 1)
    await gate.reached(1)
    gate.drop()
    expect(await answers).toEqual([[200], [200], [200]])
    expect(provider.refreshes()).toMatchObject({ made: 1, reuses: 0 })
  })

  // O1 (docs/protocol.md): the one case in which a server without idempotency keys and without grace loses a session.
  test.for(['crashes', 'is reloaded'] as const)(
    'because its tab %s while the answer is on its way ends the session; all tabs and the login page learn why, and the user can sign in again',
    async (how, context) => {
      if (how === 'crashes') needs(context, 'losing the process of a tab')
      const { provider, tabs, browser, address } = await open()
      const [lost, ...others] = tabs
      const gate = provider.hold('answers', TOKEN_PATH, 1)
      await expire(tabs)
      void burst([lost], 1).catch(() => undefined)
      await gate.reached(1)
      if (how === 'crashes') await lost.crash()
      else await lost.page.goto(address)
      gate.open()
      expect(await burst(others, 1)).toEqual([['session_ended'], ['session_ended']])

      // The provider had made the token that was lost with the tab. Then another tab sent its predecessor once more.
      expect(provider.refreshes()).toEqual({ made: 1, reuses: 1, refused: 0 })
      const ends = await eventsOf(others, 'ended')
      expect(ends.map(({ by }) => by)).toEqual(['refresh-rejected', 'refresh-rejected'])
      const login = await openTab(browser, address)
      expect(await login.page.evaluate(() => window.oidc.takeLastEnd())).toMatchObject({
        reason: 'refresh-rejected',
        subject: 'alice',
      })
      await signInAs(login, 'alice')
      await allAre(others, 'logged-in')
      expect(await burst(others, 1)).toEqual([[200], [200]])
    },
  )
})
