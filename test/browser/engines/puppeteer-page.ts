import type { Page as PuppeteerPage } from 'puppeteer-core'
import { goBack } from './go-back.ts'
import type { Page } from './tab.ts'

/** A page that puppeteer drives, in Chromium or Firefox. */
export function adapt(puppeteer: PuppeteerPage): Page {
  const { keyboard, mouse } = puppeteer
  // Puppeteer's types say the same in a way that TypeScript cannot compare with ours.
  const evaluate = ((...args) =>
    puppeteer
      .evaluate(...args)
      .catch(withoutStack)) as PuppeteerPage['evaluate'] as Page['evaluate']
  return {
    evaluate,
    $eval: puppeteer.$eval.bind(puppeteer) as Page['$eval'],
    async goto(url) {
      await puppeteer.goto(url)
    },
    async reload() {
      await puppeteer.reload({ waitUntil: 'domcontentloaded' })
    },
    back: () => goBack(evaluate),
    bringToFront: () => puppeteer.bringToFront(),
    focus: (selector) => puppeteer.focus(selector),
    click: (selector) => puppeteer.click(selector),
    type: (selector, text) => puppeteer.type(selector, text),
    keyboard: {
      // Firefox knows the space bar by what it types alone.
      press: (key) => keyboard.press(key === 'Space' ? ' ' : key),
      type: (text) => keyboard.type(text),
    },
    mouse: {
      move: (x, y) => mouse.move(x, y, { steps: 3 }),
      wheel: (deltaY) => mouse.wheel({ deltaY }),
    },
    setViewport: (size) => puppeteer.setViewport(size),
    prefer: (name, value) => puppeteer.emulateMediaFeatures([{ name, value }]),
    screenshot: () => puppeteer.screenshot(),
  }
}

/** Vitest looks for the files in a stack, and fails at the addresses in one of a page. */
function withoutStack(error: unknown): never {
  throw new Error(error instanceof Error ? error.message : String(error))
}
