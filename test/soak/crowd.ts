import { puppeteerOf } from '../browser/engines/chromium.ts'
import type { Browser, Tab } from '../browser/engines/tab.ts'
import type { Work } from '../browser/support/oidc/page.ts'
import { addressOf, allAre, openTab, signInAs } from '../browser/support/oidc/tabs.ts'
import { until } from '../support/patience.ts'
import { TOKEN_PATH, type OidcServer } from '../support/oidc/oidc-server.ts'

const ASK_EVERY_MS = 250
/** Longer than a dead tab's claim to a refresh token lasts, on a busy machine. */
const PATIENCE_MS = 60_000

/** Tabs that share a session, and send requests all the time. */
export interface Crowd {
  /** Puts the next tab in front of the others. */
  toFront(turn: number): Promise<void>
  /** The outcomes of the requests of all tabs since the last call. */
  takeWork(): Promise<Work>
  /**
   * Kills the tab that refreshes next, once its request has arrived or its answer is made. Resolves to the outcomes of
   * its requests.
   */
  kill(held: 'requests' | 'answers'): Promise<Work>
  /** Waits until the session has ended in all tabs, and signs in again. Resolves to the outcomes meanwhile. */
  signInAgain(): Promise<Work>
  /** Waits until another tab has refreshed, and opens a tab in place of the killed one. Resolves to the outcomes meanwhile. */
  replace(): Promise<Work>
}

/** Opens the tabs, signs in in one of them, and starts the requests of all. */
export async function startCrowd(
  chromium: Browser,
  provider: OidcServer,
  pageUrl: string,
  size: number,
): Promise<Crowd> {
  const address = addressOf(pageUrl, provider)
  let tabs: readonly Tab[] = []
  let refreshing: Tab | undefined

  async function open(): Promise<Tab> {
    const tab = await openTab(chromium, address)
    puppeteerOf(tab.page).on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith(TOKEN_PATH)) refreshing = tab
    })
    tabs = [...tabs, tab]
    return tab
  }

  /** The results in a page are lost when it is left. */
  const work = ({ page }: Tab): Promise<void> =>
    page.evaluate((everyMs) => window.oidc.work(everyMs), ASK_EVERY_MS)

  async function takeWork(of = tabs): Promise<Work> {
    const taken = await Promise.all(
      of.map(({ page }) => page.evaluate(() => window.oidc.takeWork())),
    )
    return {
      answered: taken.reduce((sum, { answered }) => sum + answered, 0),
      failed: taken.flatMap(({ failed }) => failed),
      // Every tab emits the end of a session.
      ended: Math.max(...taken.map(({ ended }) => ended)),
    }
  }

  const first = await open()
  while (tabs.length < size) await open()
  await first.page.bringToFront()
  await signInAs(first, 'alice')
  await allAre(tabs, 'logged-in')
  await Promise.all(tabs.map(work))

  return {
    takeWork: () => takeWork(),
    toFront: async (turn) => await tabs[turn % tabs.length]?.page.bringToFront(),
    async kill(held) {
      const gate = provider.hold(held, TOKEN_PATH, 1)
      await gate.reached(1)
      const victim = refreshing
      if (!victim) throw new Error('The tab that refreshes is not known')
      const done = await takeWork([victim])
      tabs = tabs.filter((tab) => tab !== victim)
      await victim.crash()
      gate.drop()
      return done
    },
    async signInAgain() {
      for (const { page } of tabs)
        await until(
          'the session has ended everywhere',
          () => page.evaluate(() => window.oidc.state().status === 'logged-out'),
          PATIENCE_MS,
        )
      const tab = await open()
      await signInAs(tab, 'alice')
      await allAre(tabs, 'logged-in')
      const done = await takeWork()
      await work(tab)
      return done
    },
    async replace() {
      const { made } = provider.refreshes()
      await until('another tab has refreshed', () => provider.refreshes().made > made, PATIENCE_MS)
      const done = await takeWork()
      await work(await open())
      return done
    },
  }
}
