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
import { addressOf, allAre, expire, heardOf, openTab, signInAs } from './support/oidc/tabs.ts'
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
  /** All signed in; the first one is where that was done. */
  readonly tabs: readonly [Tab, Tab, Tab]
  readonly address: string
}

/** Three tabs of a page on an origin of its own, in which Alice has signed in at the provider. */
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

test('who signs in by code with PKCE in one tab is signed in in all, and the token goes where it should, across origins', async () => {
  const { provider, tabs } = await open()
  for (const { page } of tabs)
    expect(await page.evaluate(() => window.oidc.state())).toMatchObject({ subject: 'alice' })
  expect(await burst(tabs, 2)).toEqual([
    [200, 200],
    [200, 200],
    [200, 200],
  ])
  // Nothing that could be used again stays in the address.
  expect(await tabs[0].page.evaluate(() => location.search)).toBe('')
  expect(provider.refreshes()).toEqual({ made: 0, reuses: 0, refused: 0 })
})

describe.each([
  ['rotates', true],
  ['does not rotate', false],
])('a provider that %s', (_, rotates) => {
  test('is asked once in each lifetime of a token, whatever three tabs ask for at once, and sees no token twice', async () => {
    const { provider, tabs, browser, address } = await open({ rotates })
    for (let lifetime = 1; lifetime <= LIFETIMES; lifetime++) {
      await expire(tabs)
      expect(await burst(tabs, 3)).toEqual(tabs.map(() => [200, 200, 200]))
      expect(provider.refreshes()).toEqual({ made: lifetime, reuses: 0, refused: 0 })
    }
    expect(await heardOf(tabs, 'ended')).toEqual([])
    expect(await heardOf(tabs, 'refresh-failed')).toEqual([])
    const refreshed = await heardOf(tabs, 'refreshed')
    expect(refreshed.filter(({ by }) => by === 'this-tab')).toHaveLength(LIFETIMES)

    // What a tab finds when it opens is the newest.
    const late = await openTab(browser, address)
    expect(await burst([late], 1)).toEqual([[200]])
    expect(provider.refreshes().made).toBe(LIFETIMES)
    // Each page looks the issuer up once: those that have refreshed, and the one that signed in.
    const discoveries = provider.requests.filter(({ path }) => path.includes('.well-known'))
    expect(discoveries.length).toBeLessThanOrEqual(tabs.length + 2)
  })
})

test('a logout in one tab ends the session in all, and the provider accepts its refresh token no more', async () => {
  const { provider, tabs } = await open()
  await expire(tabs)
  await burst(tabs, 1)
  await tabs[1].page.evaluate(() => window.oidc.logOut())
  await allAre(tabs, 'logged-out')
  await until('the provider has heard of it', () =>
    provider.requests.some(({ path, status }) => path === REVOCATION_PATH && status === 200),
  )
  expect(await refresh(provider, provider.lastRefreshToken)).toMatchObject({
    error: 'invalid_grant',
  })
  expect(provider.refreshes().reuses).toBe(0)
})

test('an origin that the provider does not know gets nothing, and nobody is signed out for it', async () => {
  const { provider, tabs } = await open()
  const strange = 'http://127.0.0.1:9'
  provider.admit(strange)
  await expire(tabs)
  const waiting = burst(tabs.slice(0, 1), 1)
  await until(
    'a refresh was refused',
    async () => (await heardOf(tabs, 'refresh-failed')).length > 0,
  )
  provider.admit(await tabs[0].page.evaluate(() => location.origin))
  expect(await waiting).toEqual([[200]])
  expect(await heardOf(tabs, 'ended')).toEqual([])
  expect(provider.refreshes().reuses).toBe(0)
})

test('an API that knows the user by another name, and refreshes without an ID token, change nothing about who is signed in', async () => {
  const { provider, tabs } = await open({ audience: 'https://api.example' }, 'offline_access')
  for (let lifetime = 1; lifetime <= 2; lifetime++) {
    await expire(tabs)
    // Userinfo takes no token that is for another API; a refresh is what it is asked for here.
    await burst(tabs, 1)
    await until('the token was renewed', () => provider.refreshes().made >= lifetime)
  }
  for (const { page } of tabs)
    expect(await page.evaluate(() => window.oidc.state())).toMatchObject({ subject: 'alice' })
  expect(await heardOf(tabs, 'refresh-failed')).toEqual([])
})

describe('a request that breaks off', () => {
  test('before the provider has read it costs nothing', async () => {
    const { provider, tabs } = await open()
    const gate = provider.hold('requests', TOKEN_PATH, 1)
    await expire(tabs)
    const answers = burst(tabs, 1)
    await gate.reached(1)
    gate.drop()
    expect(await answers).toEqual([[200], [200], [200]])
    expect(provider.refreshes()).toMatchObject({ made: 1, reuses: 0 })
  })

  // O1 (docs/protocol.md): the one loss that a server without an idempotency key and without grace allows.
  test.for(['crashed', 'reloaded'] as const)(
    'with its tab, %s while the answer was on its way, ends the session; every tab and the login page know why, and one can sign in again',
    async (fate, context) => {
      if (fate === 'crashed') needs(context, 'losing the process of a tab')
      const { provider, tabs, browser, address } = await open()
      const [lost, ...others] = tabs
      const gate = provider.hold('answers', TOKEN_PATH, 1)
      await expire(tabs)
      void burst([lost], 1).catch(() => undefined)
      await gate.reached(1)
      if (fate === 'crashed') await lost.crash()
      else await lost.page.goto(address)
      gate.open()
      expect(await burst(others, 1)).toEqual([['session_ended'], ['session_ended']])

      // The token that was lost with the tab had been made; its predecessor was shown once more.
      expect(provider.refreshes()).toEqual({ made: 1, reuses: 1, refused: 0 })
      const ends = await heardOf(others, 'ended')
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
