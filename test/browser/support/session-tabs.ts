import { expect } from 'vitest'
import type { SessionState } from '../../../src/index.ts'
import type { Backend, PageSettings } from './backend.ts'
import type { Context, Tab } from '../engines/tab.ts'
import type { Entry, Outcome } from './fixture-page.ts'
import { until } from '../../support/patience.ts'

/** Opens at least two tabs of one session, of which the last one is visible. All hold the same access token. */
export async function openSession(
  backend: Backend,
  browser: Context,
  first: PageSettings,
  second: PageSettings,
  ...others: readonly PageSettings[]
): Promise<[Tab, Tab, ...Tab[]]> {
  const open = (settings: PageSettings): Promise<Tab> => browser.open(backend.page(settings))
  const tabs: [Tab, Tab, ...Tab[]] = [await open(first), await open(second)]
  for (const each of others) tabs.push(await open(each))
  await onEach(tabs, loggedOut)
  await tabs[0].page.evaluate(() => window.fixture.signIn())
  await onEach(tabs, loggedIn)
  // After a login a tab may hold its own access token or none. After the next renewal all hold the same.
  await expire(backend, tabs)
  expect(await onEach(tabs, (tab) => burst(tab, 1))).toEqual(tabs.map(() => [{ status: 200 }]))
  return tabs
}

/** Does the same with every tab at once. */
export function onEach<Result>(
  tabs: readonly Tab[],
  work: (tab: Tab) => Promise<Result>,
): Promise<Result[]> {
  return Promise.all(tabs.map(work))
}

/**
 * Moves the clocks of all tabs on, as while a computer sleeps, and then gives each page the focus. All clocks move first,
 * because tabs of one computer share its clock: a tab whose clock is behind another's takes that for a clock set back.
 */
export async function sleep(tabs: readonly Tab[], ms: number): Promise<void> {
  await skip(tabs, ms)
  await onEach(tabs, ({ page }) => page.evaluate(() => window.fixture.focus()))
}

/** Moves the clocks of these tabs forward without telling their pages. A tab that shows another page of the site has its clock in its storage. */
export async function skip(tabs: readonly Tab[], ms: number): Promise<void> {
  await onEach(tabs, ({ page }) =>
    page.evaluate((ms) => {
      if ('fixture' in window) return window.fixture.skip(ms)
      const aheadMs = Number(sessionStorage.getItem('aheadMs'))
      sessionStorage.setItem('aheadMs', String(aheadMs + ms))
    }, ms),
  )
}

/** Lets every access token expire: the clocks of the tabs are moved on, and the API refuses what was issued so far. */
export async function expire(backend: Backend, tabs: readonly Tab[]): Promise<void> {
  backend.expireAccessTokens()
  await skip(tabs, 3_600_000)
}

/** Sends `count` requests from the tab at once. */
export function burst({ page }: Tab, count: number): Promise<Outcome[]> {
  return page.evaluate((count) => window.fixture.burst(count), count)
}

/**
 * Sends `count` requests from each of the tabs at the same moment. One tab gives the signal, because the commands of a
 * driver reach the tabs one after the other.
 */
export async function storm(tabs: readonly [Tab, ...Tab[]], count: number): Promise<Outcome[][]> {
  await onEach(tabs, ({ page }) => page.evaluate((count) => window.fixture.arm(count), count))
  await tabs[0].page.evaluate(() => window.fixture.fire())
  return onEach(tabs, ({ page }) => page.evaluate(() => window.fixture.fired()))
}

/** The state of the session in the tab. */
export function stateOf({ page }: Tab): Promise<SessionState> {
  return page.evaluate(() => window.fixture.state())
}

/** All entries of the tab so far: its events, and the requests that its page has sent by itself. */
export function journal({ page }: Tab): Promise<Entry[]> {
  return page.evaluate(() => window.fixture.journal())
}

/** The details of the tab's `degraded` events: what it works without. */
export async function degradations(tab: Tab): Promise<Entry['detail'][]> {
  return (await journal(tab)).flatMap(({ what, detail }) => (what === 'degraded' ? [detail] : []))
}

/** The detail of the tab's last `ended` event. */
export async function lastEnd(tab: Tab): Promise<Entry['detail'] | undefined> {
  return (await journal(tab)).findLast(({ what }) => what === 'ended')?.detail
}

/** Waits until a user is signed in, in the tab. */
export function loggedIn({ page }: Tab): Promise<void> {
  return until('the tab is logged in', () =>
    page.evaluate(() => window.fixture.state().status === 'logged-in'),
  )
}

/** Waits until no user is signed in, in the tab. */
export function loggedOut({ page }: Tab): Promise<void> {
  return until('the tab is logged out', () =>
    page.evaluate(() => window.fixture.state().status === 'logged-out'),
  )
}

/** Expects that all tabs are logged in, and that none had an event that a user would notice. */
export async function expectUndisturbed(tabs: readonly Tab[]): Promise<void> {
  for (const tab of tabs) {
    const events = (await journal(tab)).map(({ what }) => what)
    expect(events).not.toContain('ended')
    expect(events).not.toContain('refresh-failed')
    expect((await stateOf(tab)).status).toBe('logged-in')
  }
}

/** Expects that all tabs are signed in as `subject`, and that the session is alive at the server. */
export async function expectAlive(
  backend: Backend,
  tabs: readonly Tab[],
  subject: string | null,
): Promise<void> {
  // Only a refresh shows whether the session is alive at the server.
  const asked = backend.refreshes()
  await expire(backend, tabs)
  for (const tab of tabs) {
    expect(await burst(tab, 1)).toEqual([{ status: 200 }])
    expect(await stateOf(tab)).toMatchObject({ status: 'logged-in', subject })
  }
  const after = backend.refreshes()
  expect(after).toMatchObject({ refused: asked.refused, reuses: 0 })
  expect(after.rotations).toBeGreaterThan(asked.rotations)
}
