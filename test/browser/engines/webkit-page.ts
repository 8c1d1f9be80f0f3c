import { until } from '../../support/patience.ts'
import type { Key, Page } from './tab.ts'
import type { WebDriver } from './webdriver.ts'

declare global {
  interface Window {
    /** The results of the work that WebDriver has begun in this page, until they are fetched. */
    settled?: Record<string, Settled>
  }
}

type Settled = { readonly value?: unknown } | { readonly error: string }

/** The answer of a script: the result of the work, `null` while it still runs, or that its page is gone. */
type Answer = Settled | null | 'no such page'

/** WebDriver's codes, https://www.w3.org/TR/webdriver2/#keyboard-actions. */
const KEYS: Readonly<Record<Key, string>> = {
  Enter: '\uE007',
  Tab: '\uE004',
  Escape: '\uE00C',
  Space: ' ',
  ArrowLeft: '\uE012',
  End: '\uE010',
  a: 'a',
}

const LONGEST_PAUSE_MS = 40

/** Creates the page in a window of WebKit. `bringToFront` puts that window in front. */
export function createWebKitPage(
  driver: WebDriver,
  window: string,
  bringToFront: () => Promise<void>,
): Page {
  const run = async (script: string, ...args: readonly unknown[]): Promise<Answer> =>
    (await driver.sendTo(window, 'POST', '/execute/sync', { script, args })) as Answer
  let count = 0

  /** Begins the work, and polls for its result: a command that waits would hold up the commands to other windows. */
  async function settle(source: string, args: readonly unknown[]): Promise<unknown> {
    const id = String(count++)
    let answer = await run(begin(source), id, args)
    for (let pauseMs = 2; answer === null; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
      answer = await run(`return (${fetchSettled.toString()})(...arguments)`, id)
    }
    if (answer === 'no such page') throw new Error('The page was left before its work was done')
    if ('error' in answer) throw new Error(answer.error)
    return answer.value
  }

  const evaluate = ((work, ...args) =>
    // Without `eval`, which the policy of a page may forbid.
    settle(
      typeof work === 'string' ? `() => {\n${work}\n}` : String(work),
      args,
    )) as Page['evaluate']
  const $eval = ((selector: string, work: unknown, ...args: unknown[]) =>
    settle(
      `(selector, ...args) => {
        const element = document.querySelector(selector)
        if (!element) throw new Error('There is no ' + selector)
        return (${String(work)})(element, ...args)
      }`,
      [selector, ...args],
    )) as Page['$eval']

  async function act(actions: readonly unknown[]): Promise<void> {
    await driver.sendTo(window, 'POST', '/actions', { actions })
  }
  const pressKeys = (values: readonly string[]): Promise<void> =>
    act([
      {
        type: 'key',
        id: 'keyboard',
        actions: values.flatMap((value) => [
          { type: 'keyDown', value },
          { type: 'keyUp', value },
        ]),
      },
    ])
  const write = (text: string): Promise<void> =>
    pressKeys(Array.from(text, (key) => (key === '\n' ? KEYS.Enter : key)))
  const focus: Page['focus'] = (selector) =>
    $eval(selector, (element) => (element as HTMLElement).focus())

  return {
    evaluate,
    $eval,
    focus,
    async goto(url) {
      await driver.sendTo(window, 'POST', '/url', { url })
    },
    async reload() {
      await driver.sendTo(window, 'POST', '/refresh')
    },
    async back() {
      await driver.sendTo(window, 'POST', '/back')
    },
    bringToFront,
    async click(selector) {
      await focus(selector)
      await $eval(selector, (element) => (element as HTMLElement).click())
    },
    async type(selector, text) {
      await focus(selector)
      await write(text)
    },
    keyboard: { press: (key) => pressKeys([KEYS[key]]), type: write },
    mouse: {
      move: (x, y) =>
        act([
          {
            type: 'pointer',
            id: 'mouse',
            actions: [x - 20, x - 10, x].map((x) => ({ type: 'pointerMove', x, y, duration: 20 })),
          },
        ]),
      wheel: (deltaY) =>
        act([
          {
            type: 'wheel',
            id: 'wheel',
            actions: [{ type: 'scroll', x: 50, y: 50, deltaX: 0, deltaY }],
          },
        ]),
    },
    async setViewport({ width, height }) {
      const frame = await evaluate(() => ({
        width: outerWidth - innerWidth,
        height: outerHeight - innerHeight,
      }))
      await driver.sendTo(window, 'POST', '/window/rect', {
        width: width + frame.width,
        height: height + frame.height,
      })
      await until('the window has its size', () =>
        evaluate((width, height) => innerWidth === width && innerHeight === height, width, height),
      )
    },
    prefer: () => Promise.reject(new Error('WebDriver has no command for preferences')),
    async screenshot() {
      const picture = await driver.sendTo(window, 'GET', '/screenshot')
      return Buffer.from(String(picture), 'base64')
    },
  }
}

/** A script that begins work. It returns the result at once if the work is synchronous, and `null` otherwise. */
function begin(source: string): string {
  return `
    const [id, args] = arguments
    const settled = (window.settled ??= {})
    const failed = (error) => ({ error: String(error?.stack ? error + '\\n' + error.stack : error) })
    try {
      const value = (${source})(...args)
      // JSON has no undefined.
      const done = (value) => (value === undefined ? {} : { value })
      if (typeof value?.then !== 'function') return done(value)
      value.then((value) => (settled[id] = done(value)), (error) => (settled[id] = failed(error)))
      return null
    } catch (error) {
      return failed(error)
    }`
}

/** Runs in the page. Returns the result of the work, once. */
function fetchSettled(id: string): Answer {
  if (!window.settled) return 'no such page'
  const answer = window.settled[id] ?? null
  Reflect.deleteProperty(window.settled, id)
  return answer
}
