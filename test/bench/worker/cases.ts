import type { Feature } from '../../browser/engines/features.ts'
import type { Context, Tab } from '../../browser/engines/tab.ts'
import type { WorkerKind } from '../../browser/support/worker-page.ts'
import type { WorkerMode, WorkerSite } from '../../browser/support/worker-site.ts'
import { until } from '../../support/patience.ts'

/** A tab that goes away while it refreshes. */
export interface Case {
  /** @default 2 */
  readonly tabs?: 1 | 2
  /** The tab that refreshes. The first one has started the worker. @default 0 */
  readonly refreshing?: 0 | 1
  /** What a driven engine has to be able to do. */
  readonly needs?: Feature
  /** How it goes. Resolves to the tab that goes on. */
  leave(refreshing: Tab, other: Tab, site: WorkerSite): Promise<Tab>
  /** What that tab does once the answer was sent. */
  comeBack?(tab: Tab): Promise<void>
}

/** The setting of one run. */
export interface Stage {
  readonly site: WorkerSite
  readonly context: Context
  readonly kind: WorkerKind
  /** How long after the tab has gone the answer comes. */
  readonly answerMs: number
}

/** What may happen to a tab, by name. */
export const CASES: Readonly<Record<string, Case>> = {
  'a tab is closed': {
    async leave(tab, other) {
      await tab.close()
      return other
    },
  },
  reloaded: {
    async leave(tab) {
      await tab.page.reload()
      return tab
    },
  },
  navigates: {
    async leave(tab, other, site) {
      await tab.page.goto(site.elsewhere)
      return other
    },
  },
  frozen: {
    needs: 'freezing a page',
    async leave(tab, other) {
      await other.page.bringToFront()
      await tab.freeze()
      return other
    },
  },
  'back/forward': {
    async leave(tab, _, site) {
      await tab.page.goto(site.elsewhere)
      return tab
    },
    comeBack: ({ page }) => page.back(),
  },
  crashes: {
    refreshing: 1,
    needs: 'losing the process of a tab',
    async leave(tab, other) {
      await tab.crash()
      return other
    },
  },
  'the tab crashes that has started the worker': {
    needs: 'losing the process of a tab',
    async leave(tab, other) {
      await tab.crash()
      return other
    },
  },
  'the only tab is reloaded': {
    tabs: 1,
    async leave(tab) {
      await tab.page.reload()
      return tab
    },
  },
}

/** What an engine has to be able to do for a case. */
export function featuresOf(mode: WorkerMode, kind: WorkerKind, { needs }: Case): Feature[] {
  const features: Feature[] = needs ? [needs] : []
  if (kind === 'extended') features.push('workers that outlive their pages')
  if (mode === 'body' && (kind === 'shared' || kind === 'extended'))
    features.push('keys in a shared worker')
  return features
}

/** A tab that takes longer to go makes the answer later than it was to be. */
const LONGEST_LEAVE_MS = 4_000

/** Tells a case, and whether it has cost the session. Rejects if this machine was too slow for the answer to come in time. */
export async function isLost(
  { tabs: count = 2, refreshing = 0, leave, comeBack }: Case,
  { site, context, kind, answerMs }: Stage,
): Promise<boolean> {
  const tabs: Tab[] = []
  for (let opened = 0; opened < count; opened++) tabs.push(await context.open(site.page(kind)))
  await tabs[0]?.page.evaluate(() => window.worked.signIn())
  for (const { page } of tabs) {
    let found: unknown
    await until(
      () => `the tab has the token, and other tabs could have it: ${String(found)}`,
      async () => {
        // Without a token, a tab that asks for a new one would take that of the sign-in. A session that one tab alone has,
        // because IndexedDB was slow, ends with that tab whatever a worker does.
        found = await page.evaluate(async () => [
          await window.worked.held(),
          window.worked.isStored(),
        ])
        return String(found) === 'token,true'
      },
    )
  }
  const tab = tabs[refreshing]
  const other = tabs[1 - refreshing] ?? tab
  if (!tab || !other) throw new Error('There are one or two tabs.')

  // The second tab has refreshed by itself, because the first one was slow to give it a token. Otherwise the tab that is to
  // refresh would take that token instead.
  if (site.refreshes > 0) await tab.page.evaluate(() => window.worked.renew())
  const gate = site.hold(1)
  void tab.page.evaluate(() => void window.worked.renew()).catch(() => undefined)
  await gate.reached(1)
  const leaveAt = performance.now()
  const left = await leave(tab, other, site)
  const leaveMs = performance.now() - leaveAt
  if (leaveMs > LONGEST_LEAVE_MS) throw new Error(`The tab took ${leaveMs.toFixed()} ms to go`)
  await new Promise((passed) => setTimeout(passed, answerMs))
  gate.open()
  await comeBack?.(left)
  // Twice: the second one spends what the first has brought.
  for (let renewal = 0; renewal < 2; renewal++)
    if ((await left.page.evaluate(() => window.worked.renew())) !== 'token') return true
  return false
}
