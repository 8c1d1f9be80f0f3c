import { until } from '../../support/patience.ts'
import type { Page } from './tab.ts'

declare global {
  interface Window {
    /** What has happened to this page, oldest first. */
    moments: string[]
  }
}

/** Runs in the pages of the stories, before any other script. */
export function recordMoments(): void {
  window.moments = []
  const record = (moment: string): void => void window.moments.push(moment)
  addEventListener('pagehide', () => record('pagehide'))
  addEventListener('pageshow', ({ persisted }) =>
    record(persisted ? 'pageshow from cache' : 'pageshow'),
  )
  for (const event of ['freeze', 'resume']) document.addEventListener(event, () => record(event))
}

/** Waits until this is the last that has happened to the page. */
export function happened(page: Page, moment: string): Promise<void> {
  return until(`the last that happened to the tab is "${moment}"`, () =>
    page.evaluate((wanted) => window.moments.at(-1) === wanted, moment),
  )
}

/** Waits until the tab is hidden behind another one. */
export function hidden(page: Page): Promise<void> {
  return until('the tab is hidden', () =>
    page.evaluate(() => document.visibilityState === 'hidden'),
  )
}

/** Waits until requests of the page get through again, and tells the page so. */
export async function isOnline(page: Page): Promise<void> {
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
