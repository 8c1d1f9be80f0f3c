import assert from 'node:assert/strict'
import type { Context, Tab } from '../browser/engines/tab.ts'
import { until } from '../support/patience.ts'
import type { RunningServer } from './running-server.ts'
import type { User } from './server.ts'

/** What happens to a session. */
export type Story =
  | 'sign-in'
  | 'ten tabs expired at once'
  | 'two reloads during a refresh'
  | 'tab closed during a refresh'
  | 'logout'
  | 'user switch'
  | 'refused refresh'

/** Where a story happens. */
export interface Stage {
  readonly browser: Context
  readonly server: RunningServer
}

/** Each story rejects if it does not end well. */
export const STORIES: Readonly<Record<Story, (stage: Stage) => Promise<void>>> = {
  async 'sign-in'(stage) {
    const tabs = await signedIn(stage, 2)
    await callsAre(tabs, 'alice')
    await expire(stage, tabs)
    await callsAre(tabs, 'alice')
  },

  async 'ten tabs expired at once'(stage) {
    const tabs = await signedIn(stage, 10)
    await expire(stage, tabs)
    await callsAre(tabs, 'alice')
    assert.equal(stage.server.refreshes.length, 1, 'one tab refreshes for all')
  },

  async 'two reloads during a refresh'(stage) {
    const [tab] = await signedIn(stage, 1)
    const gate = await holdRefresh(stage, [tab], tab)
    await tab.page.reload()
    await tab.page.reload()
    gate.open()
    await expectAlive(stage, tab)
  },

  async 'tab closed during a refresh'(stage) {
    const [refreshing, waiting] = await signedIn(stage, 2)
    const gate = await holdRefresh(stage, [refreshing, waiting], refreshing)
    const answer = whoAmI(waiting)
    await refreshing.close()
    gate.open()
    await answer
    await expectAlive(stage, waiting)
  },

  async logout(stage) {
    const tabs = await signedIn(stage, 2)
    await expire(stage, tabs)
    await callsAre(tabs, 'alice')
    await tabs[1].page.evaluate(() => window.story.logOut())
    await allAre(tabs, 'logged-out')
    await tabs[0].page.reload()
    await allAre(tabs, 'logged-out')
    assert.equal(await whoAmI(tabs[0]), undefined, 'the page has no token any more')
  },

  async 'user switch'(stage) {
    const tabs = await signedIn(stage, 2)
    await signIn(tabs[1], 'bob')
    await until('both tabs know the second user', async () =>
      (await Promise.all(tabs.map(whoAmI))).every((user) => user === 'bob'),
    )
    await expire(stage, tabs)
    await callsAre(tabs, 'bob')
  },

  async 'refused refresh'(stage) {
    const tabs = await signedIn(stage, 2)
    await expire(stage, tabs, () => stage.server.refuse())
    await Promise.all(tabs.map(whoAmI))
    // A token that outlives the refusal is used up, once the refusal is known: without that, its own end would be the reason.
    if (stage.server.renewsOnlyGood)
      assert.equal(await tabs[0].page.evaluate(() => window.story.renew()), 'session_ended')
    await passTime(tabs, stage.server.expiredAfterMs)
    await allAre(tabs, 'logged-out')
    const end = await tabs[0].page.evaluate(() => window.story.takeLastEnd())
    assert.equal(end?.reason, 'refresh-rejected')
    assert.deepEqual(
      stage.server.refreshes.filter((status) => status < 400),
      [],
    )
  },
}

/** The session has ended, though the user has neither logged out nor been refused. */
export class SessionLost extends Error {
  override name = 'SessionLost'
}

type Tabs<Count extends number> = Count extends 1
  ? readonly [Tab]
  : Count extends 2
    ? readonly [Tab, Tab]
    : readonly Tab[]

/** Opens tabs, and signs Alice in in the first one: all are signed in. */
async function signedIn<Count extends number>(
  { browser, server }: Stage,
  count: Count,
): Promise<Tabs<Count>> {
  const tabs: Tab[] = []
  for (let number = 0; number < count; number++) tabs.push(await browser.open(server.page))
  await Promise.all(tabs.map(({ page }) => page.evaluate(() => window.story.ready)))
  const [first] = tabs
  if (first) await signIn(first, 'alice')
  await allAre(tabs, 'logged-in')
  return tabs as unknown as Tabs<Count>
}

async function signIn({ page }: Tab, user: User): Promise<void> {
  await page.evaluate((user) => window.story.signIn(user), user)
}

function whoAmI({ page }: Tab): Promise<unknown> {
  return page.evaluate(() => window.story.whoAmI())
}

/** Rejects with {@link SessionLost} if Alice's session is over, or ends when its token expires once more. */
async function expectAlive(stage: Stage, tab: Tab): Promise<void> {
  const isLost = async (): Promise<boolean> => {
    const user = await whoAmI(tab)
    const { status } = await tab.page.evaluate(() => window.story.state())
    if (status === 'logged-in') assert.equal(user, 'alice')
    return status !== 'logged-in'
  }
  if (await isLost()) throw new SessionLost('the session is lost')
  await expire(stage, [tab])
  if (await isLost()) throw new SessionLost('the session is lost when its token expires')
}

async function callsAre(tabs: readonly Tab[], outcome: string): Promise<void> {
  assert.deepEqual(
    await Promise.all(tabs.map(whoAmI)),
    tabs.map(() => outcome),
  )
}

async function allAre(tabs: readonly Tab[], status: 'logged-in' | 'logged-out'): Promise<void> {
  for (const { page } of tabs)
    await until(`a tab is ${status}`, () =>
      page.evaluate((status) => window.story.state().status === status, status),
    )
}

/**
 * Time passes, for the server and then in all tabs, until the server refuses the access token that it has accepted.
 * `between` runs before the tabs notice.
 */
async function expire(
  { server }: Stage,
  tabs: readonly Tab[],
  between: () => void | Promise<void> = () => undefined,
): Promise<void> {
  const [first] = tabs
  if (first) await whoAmI(first)
  await server.expire()
  await between()
  await passTime(tabs, server.expiredAfterMs)
  if (server.renewsOnlyGood)
    await until('a tab has renewed its token', () => server.refreshes.length > 0)
}

/** Time passes in all tabs, as while a computer sleeps. */
async function passTime(tabs: readonly Tab[], ms: number): Promise<void> {
  await Promise.all(tabs.map(({ page }) => page.evaluate((ms) => window.story.sleep(ms), ms)))
}

/** Lets the token of all tabs expire, and holds the answer to the refresh of one. */
async function holdRefresh(
  stage: Stage,
  tabs: readonly Tab[],
  refreshing: Tab,
): Promise<ReturnType<RunningServer['holdRefresh']>> {
  const { promise, resolve } = Promise.withResolvers<ReturnType<RunningServer['holdRefresh']>>()
  await refreshing.page.bringToFront()
  await expire(stage, tabs, () => resolve(stage.server.holdRefresh()))
  await refreshing.page.evaluate(() => void window.story.whoAmI())
  const gate = await promise
  await gate.reached(1)
  return gate
}
