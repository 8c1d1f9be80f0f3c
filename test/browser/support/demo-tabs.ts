// Three tabs of the demo's own page that share a session, and what its buttons make them do.
import type { NewContext } from '../engines/browser.ts'
import type { Context, Page, Tab } from '../engines/tab.ts'
import { isShown, press, signIn, type Demo, type StartDemo } from './demo-page.ts'
import { until } from '../../support/patience.ts'

/** How many calls of its own each tab makes when one is told to let all need a token at once, and with any other trouble. */
export const STORM = 10
export const CALLS = 3

let users = 0

/** Nobody has been called so before in this file of tests, which has a database for all its demos. */
export function newUser(): string {
  return `user-${users++}`
}

export interface Wanted {
  readonly mode: 'cookie' | 'body'
  readonly with: 'latchkey' | 'naive'
}

/** Three tabs of one session. */
export interface DemoTabs {
  readonly tabs: readonly [Tab, Tab, Tab]
  /** How the server has answered renewals since all of them had a token. */
  rows(): readonly unknown[]
}

/** Opens them, each time in a demo and a context of their own. */
export function tabOpener(
  startDemo: StartDemo,
  newContext: NewContext,
): (wanted: Wanted) => Promise<DemoTabs> {
  return async (wanted) => openTabs(await startDemo(), await newContext(), wanted)
}

async function openTabs({ url, log }: Demo, browser: Context, wanted: Wanted): Promise<DemoTabs> {
  const address = `${url}/?${new URLSearchParams({ ...wanted }).toString()}`
  const first = await signIn(browser, address, newUser(), '#register', [withoutIdleLimit])
  // One after the other: without latchkey, two that open at once can end the session already.
  const tabs = [first, await join(), await join()] as const
  const before = log.length
  const rows = () => log.slice(before).flatMap(({ row }) => (row === undefined ? [] : [row]))
  return { tabs, rows }

  async function join(): Promise<Tab> {
    const tab = await browser.open(address)
    await until('the tab has the session', () => isShown(tab.page, '#log-out'))
    // What the tab knows of the session, it may know before it has a token of its own: it needs one for a call.
    await press(tab.page, '#call-once')
    await until('the tab has a token', () =>
      tab.page.$eval('#call-summary', ({ textContent }) => textContent.includes('200')),
    )
    return tab
  }
}

/** Runs in the page: most stories are about something else. */
function withoutIdleLimit(): void {
  localStorage.setItem('demo-limits', JSON.stringify({ idleS: 0, sessionS: 86_400 }))
}

/** Lets all tabs need a new token at the same moment. */
export async function storm(tabs: readonly [Tab, ...Tab[]]): Promise<void> {
  await press(tabs[0].page, '#storm')
  for (const { page } of tabs) await settled(page, STORM)
}

/** Waits until the page's own calls, so many, are answered or have failed. */
export function settled(page: Page, count: number): Promise<void> {
  return until(`${count} calls are settled`, async () => {
    const [answered, failed] = await tally(page)
    return answered + failed >= count
  })
}

export function tally(page: Page): Promise<[answered: number, failed: number]> {
  return page.evaluate(() => {
    const numberIn = (id: string) => Number(document.getElementById(id)?.textContent)
    return [numberIn('calls-answered'), numberIn('calls-failed')] as [number, number]
  })
}
