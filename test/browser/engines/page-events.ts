import { until } from '../../support/patience.ts'
import type { Page } from './tab.ts'

declare global {
  interface Window {
    /** The events of this page's life so far, oldest first: a page out of the cache has "pageshow from cache". */
    pageEvents: string[]
  }
}

/** Runs in the pages of the tests, before any other script. */
export function recordPageEvents(): void {
  window.pageEvents = []
  const record = (event: string): void => void window.pageEvents.push(event)
  addEventListener('pagehide', () => record('pagehide'))
  addEventListener('pageshow', ({ persisted }) =>
    record(persisted ? 'pageshow from cache' : 'pageshow'),
  )
  for (const event of ['freeze', 'resume']) document.addEventListener(event, () => record(event))
}

/** Waits until this is the last event that the page has recorded. */
export function waitForPageEvent(page: Page, event: string): Promise<void> {
  return until(`the last event of the page is "${event}"`, () =>
    page.evaluate((wanted) => window.pageEvents.at(-1) === wanted, event),
  )
}

/** Waits until the tab is hidden behind another one. */
export function waitUntilHidden(page: Page): Promise<void> {
  return until('the tab is hidden', () =>
    page.evaluate(() => document.visibilityState === 'hidden'),
  )
}

/** Waits until requests of the page get through again, and dispatches `online` there. */
export async function waitUntilOnline(page: Page): Promise<void> {
  await until('the network is back', () =>
    page.evaluate(() =>
      fetch(location.href).then(
        () => true,
        () => false,
      ),
    ),
  )
  // Engines announce the network a moment before they let requests through, or not at all.
  await page.evaluate(() => dispatchEvent(new Event('online')))
}
