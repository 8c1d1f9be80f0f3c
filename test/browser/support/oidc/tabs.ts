import type { OidcServer } from '../../../support/oidc/oidc-server.ts'
import { there } from '../../engines/there.ts'
import type { Context, Tab } from '../../engines/tab.ts'
import type { OidcPage } from './page.ts'
import { until } from '../../../support/patience.ts'

/** The address of the page for a provider. `scope` is that of its refreshes. */
export function addressOf(
  pageUrl: string,
  { issuer, clientId }: OidcServer,
  scope?: string,
): string {
  const settings = { issuer, clientId, ...(scope !== undefined && { scope }) }
  return `${pageUrl}?${new URLSearchParams(settings).toString()}`
}

/** Opens the page in a tab, and waits until it knows whether somebody is signed in. */
export async function openTab(browser: Context, address: string): Promise<Tab> {
  const tab = await browser.open(address)
  await tab.page.evaluate(() => window.oidc.ready)
  return tab
}

/** Signs in as a user does: leaves for the provider, types a name, and is sent back. */
export async function signInAs({ page }: Tab, user: string): Promise<void> {
  await page.evaluate(() => void window.oidc.signIn())
  await there(page, 'input[name=login]')
  await page.type('input[name=login]', user)
  await page.click('button')
  await until('the provider has sent its user back', () =>
    page
      .evaluate(async () => {
        if (!('oidc' in window)) return false
        await window.oidc.ready
        return true
      })
      // While one page makes way for another there is none to ask.
      .catch(() => false),
  )
}

/** Waits until the session is this to all the tabs. */
export async function allAre(
  tabs: readonly Tab[],
  status: 'logged-in' | 'logged-out',
): Promise<void> {
  for (const { page } of tabs)
    await until(`a tab is ${status}`, () =>
      page.evaluate((status) => window.oidc.state().status === status, status),
    )
}

/** Lets the access token expire, as far as the tabs can tell. */
export async function expire(tabs: readonly Tab[]): Promise<void> {
  await Promise.all(tabs.map(({ page }) => page.evaluate(() => window.oidc.skip(3_600_000))))
}

/** What the tabs have heard of one event, all together. */
export async function heardOf(tabs: readonly Tab[], event: string): Promise<OidcPage['heard']> {
  const heard = await Promise.all(tabs.map(({ page }) => page.evaluate(() => window.oidc.heard)))
  return heard.flat().filter((entry) => entry.event === event)
}
