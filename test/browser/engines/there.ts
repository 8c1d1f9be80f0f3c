import { until } from '../../support/patience.ts'
import type { Page } from './tab.ts'

/** Whether there is such an element. */
export function has(page: Page, selector: string): Promise<boolean> {
  return page.evaluate((selector) => document.querySelector(selector) !== null, selector)
}

/** Waits until there is such an element, on whichever page the tab comes to. */
export function there(page: Page, selector: string): Promise<void> {
  // While one page makes way for another there is none to ask.
  return until(`there is ${selector}`, () => has(page, selector).catch(() => false))
}
