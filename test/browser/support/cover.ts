// What a test sees of the dialog that covers a page, and how it gets to what is in it with the keyboard alone.
import type { Page } from '../engines/tab.ts'

/** Whether the dialog of the page covers it. */
export function isCovered(page: Page): Promise<boolean> {
  return page.$eval(
    'session-dialog',
    ({ shadowRoot }) => shadowRoot?.getElementById('cover')?.matches(':modal') ?? false,
  )
}

/** The name of the element that is seen where the one that matches is, after it was scrolled to. */
export function seenAt(page: Page, selector: string): Promise<string | undefined> {
  return page.$eval(selector, (element) => {
    element.scrollIntoView({ block: 'center' })
    const { left, top } = element.getBoundingClientRect()
    return document.elementFromPoint(left + 5, top + 5)?.tagName
  })
}

/** Presses Tab until an element with this id or name has the focus. Throws if none gets it. */
export async function tabTo(page: Page, name: string): Promise<void> {
  // More often than the dialog and the browser around it have stops.
  for (let presses = 0; presses < 20; presses++) {
    const isThere = await page.evaluate((name) => {
      const outer = document.activeElement
      const active = outer?.shadowRoot?.activeElement ?? outer
      return active?.id === name || active?.getAttribute('name') === name
    }, name)
    if (isThere) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not lead to ${name}`)
}
