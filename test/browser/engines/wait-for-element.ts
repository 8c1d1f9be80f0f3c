import { until } from '../../support/patience.ts'
import type { Page } from './tab.ts'

/** Waits until an element matches, on whichever page the tab comes to. */
export function waitForElement(page: Page, selector: string): Promise<void> {
  return until(`there is ${selector}`, () =>
    page
      .evaluate((selector) => document.querySelector(selector) !== null, selector)
      // No page can answer while one is being replaced by another.
      .catch(() => false),
  )
}
