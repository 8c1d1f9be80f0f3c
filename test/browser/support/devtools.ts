// What a test sees of `<session-devtools>`, and presses there.
import type { Page } from '../engines/tab.ts'

/** Presses the element of the tools that this selector finds in their shadow root. */
export function pressInTools(page: Page, selector: string): Promise<void> {
  return page.$eval(
    'session-devtools',
    ({ shadowRoot }, selector) => shadowRoot?.querySelector<HTMLElement>(selector)?.click(),
    selector,
  )
}

/** The text of an element of the tools; empty if it is not there or not shown. */
export function toolsText(page: Page, selector: string): Promise<string> {
  return page.$eval(
    'session-devtools',
    ({ shadowRoot }, selector) => {
      const found = shadowRoot?.querySelector<HTMLElement>(selector)
      return found?.checkVisibility() ? found.textContent : ''
    },
    selector,
  )
}

/** An attribute of an element of the tools; `null` if it is not there. */
export function toolsAttribute(page: Page, selector: string, name: string): Promise<string | null> {
  return page.$eval(
    'session-devtools',
    ({ shadowRoot }, selector, name) =>
      shadowRoot?.querySelector(selector)?.getAttribute(name) ?? null,
    selector,
    name,
  )
}
