import type { OidcServer } from '../../../support/oidc/oidc-server.ts'
import { waitForElement } from '../../engines/wait-for-element.ts'
import type { Context, Tab } from '../../engines/tab.ts'
import type { OidcPage } from './page.ts'
import { until } from '../../../support/patience.ts'

/** The address of the page for a provider. `scope` is the scope of its refreshes. */
export function addressOf(
  pageUrl: string,
  { issuer, clientId }: OidcServer,
  scope?: string,
): string {
  const settings = { issuer, clientId, ...(scope !== undefined && { scope }) }
  return `${pageUrl}?${new URLSearchParams(settings).toString()}`
}

/** Opens the page in a tab, and waits until it knows whether a user is signed in. */
export async function openTab(browser: Context, address: string): Promise<Tab> {
  const tab = await browser.open(address)
  await tab.page.evaluate(() => window.oidc.ready)
  return tab
}

/** Signs in as a user does: goes to the provider, types a name, and is sent back. */
export async function signInAs({ page }: Tab, user: string): Promise<void> {
  await page.evaluate(() => void window.oidc.signIn())
  await waitForElement(page, 'input[name=login]')
  await page.type('input[name=login]', user)
  await page.click('button')
  await until('the provider has sent its user back', () =>
    page
      .evaluate(async () => {
        if (!('oidc' in window)) return false
        await window.oidc.ready
        return true
      })
      // No page can answer while one is being replaced by another.
      .catch(() => false),
  )
}

/** Waits until the session has this status in all tabs. */
export async function allAre(
  tabs: readonly Tab[],
  status: 'logged-in' | 'logged-out',
): Promise<void> {
  for (const { page } of tabs)
    await until(`a tab is ${status}`, () =>
      page.evaluate((status) => window.oidc.state().status === status, status),
    )
}

/** Lets the access token expire by the clocks of the tabs. */
export async function expire(tabs: readonly Tab[]): Promise<void> {
  await Promise.all(tabs.map(({ page }) => page.evaluate(() => window.oidc.skip(3_600_000))))
}

/** The events of this name in all tabs. */
export async function eventsOf(tabs: readonly Tab[], event: string): Promise<OidcPage['events']> {
  const events = await Promise.all(tabs.map(({ page }) => page.evaluate(() => window.oidc.events)))
  return events.flat().filter((entry) => entry.event === event)
}
