import { chromiumContext, startChromium } from '../../browser/engines/chromium.ts'
import { startDisplay } from '../../browser/engines/display.ts'
import { firefoxContext, startFirefox } from '../../browser/engines/firefox.ts'
import type { EngineName } from '../../browser/engines/names.ts'
import type { Context } from '../../browser/engines/tab.ts'
import { startWebKit } from '../../browser/engines/webkit.ts'

type OnFinished = (end: () => Promise<void>) => void

/** Starts an engine for several runs. Resolves to what gives each run the browser of a user of its own. */
export const START: Readonly<
  Record<EngineName, (onFinished: OnFinished) => Promise<() => Promise<Context>>>
> = {
  async chromium(onFinished) {
    const browser = await startChromium()
    onFinished(() => browser.close())
    return async () => chromiumContext(await browser.createBrowserContext())
  },
  // Which process belongs to which tab is known only if one tab is opened at a time.
  firefox: (onFinished) =>
    Promise.resolve(async () => {
      const browser = await startFirefox({})
      onFinished(() => browser.close())
      return firefoxContext(browser, browser.defaultBrowserContext())
    }),
  async webkit(onFinished) {
    const { display, stop } = await startDisplay()
    onFinished(() => Promise.resolve(stop()))
    return async () => {
      const browser = await startWebKit(display)
      onFinished(() => browser.close())
      return browser
    }
  },
}
