// Three tabs of the demo's page that share a session, and the faults that its buttons cause.
import type { NewContext } from '../engines/browser.ts'
import type { Context, Page, Tab } from '../engines/tab.ts'
import { isShown, press, signIn, type Demo, type StartDemo } from './demo-page.ts'
import { until } from '../../support/patience.ts'

/** How many calls each tab makes after the button that makes all tabs need a token at once. */
export const STORM = 10
/** How many calls each tab makes after any other button that causes a fault. */
export const CALLS = 3

let users = 0

/** A name that no other user in this file of tests has: its demos share a database. */
export function newUser(): string {
  return `user-${users++}`
}

/** Which client the page runs, and where refresh tokens travel. */
export interface PageOptions {
  readonly mode: 'cookie' | 'body'
  readonly with: 'latchkey' | 'naive'
}

/** Three tabs of one session. */
export interface DemoTabs {
  readonly tabs: readonly [Tab, Tab, Tab]
  /** How the server has answered renewals since all of them had a token. */
  rows(): readonly unknown[]
}

/** Creates a function that opens three tabs, each time in a demo and a context of their own. */
export function tabOpener(
  startDemo: StartDemo,
  newContext: NewContext,
): (options: PageOptions) => Promise<DemoTabs> {
  return async (options) => openTabs(await startDemo(), await newContext(), options)
}

async function openTabs(
  { url, log }: Demo,
  browser: Context,
  options: PageOptions,
): Promise<DemoTabs> {
  const address = `${url}/?${new URLSearchParams({ ...options }).toString()}`
  const first = await signIn(browser, address, newUser(), '#register', [withoutIdleLimit])
  // One after the other: with the naive client, two tabs that open at once can end the session.
  const tabs = [first, await join(), await join()] as const
  const before = log.length
  const rows = () => log.slice(before).flatMap(({ row }) => (row === undefined ? [] : [row]))
  return { tabs, rows }

  async function join(): Promise<Tab> {
    const tab = await browser.open(address)
    await until('the tab has the session', () => isShown(tab.page, '#log-out'))
    // A tab may know of the session before it has an access token; after its first call it has one.
    await press(tab.page, '#call-once')
    await until('the tab has a token', () =>
      tab.page.$eval('#call-summary', ({ textContent }) => textContent.includes('200')),
    )
    return tab
  }
}

/** Runs in the page. Most tests are not about idle time. */
function withoutIdleLimit(): void {
  localStorage.setItem('demo-limits', JSON.stringify({ idleS: 0, sessionS: 86_400 }))
}

/** Makes all tabs need a new token at the same moment, and waits for their calls. */
export async function storm(tabs: readonly [Tab, ...Tab[]]): Promise<void> {
  await press(tabs[0].page, '#storm')
  for (const { page } of tabs) await settled(page, STORM)
}

/** Waits until `count` calls of the page were answered or have failed. */
export function settled(page: Page, count: number): Promise<void> {
  return until(`${count} calls are settled`, async () => {
    const [answered, failed] = await tally(page)
    return answered + failed >= count
  })
}

/** How many calls of the page were answered, and how many have failed. */
export function tally(page: Page): Promise<[answered: number, failed: number]> {
  return page.evaluate(() => {
    const numberIn = (id: string) => Number(document.getElementById(id)?.textContent)
    return [numberIn('calls-answered'), numberIn('calls-failed')] as [number, number]
  })
}
