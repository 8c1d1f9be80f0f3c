// How often a page is woken while the user is idle.
import { withCleanup } from '../support/with-cleanup.ts'
import { openStage, type Library } from './libraries.ts'
import { puppeteerOf } from '../../browser/engines/chromium.ts'

const LONG_MS = 15 * 60_000
/** By then, the work that the last input caused is done. */
const SETTLED_MS = 5_000
const MINUTE_MS = 60_000
/** Timers that fire together wake the processor once. */
const TOGETHER_MS = 20

export const HEAD = ['library', 'timers gone off', 'wakeups']

/** Counted over a real minute that begins shortly after the last input. */
export function wakeups(library: Library): Promise<string[]> {
  return withCleanup(async (onFinished) => {
    const { page } = (await openStage(library, onFinished)).tab
    await page.evaluate((ms) => window.idle.watch(ms), LONG_MS)
    await puppeteerOf(page).mouse.click(100, 100)
    await passed(SETTLED_MS)
    const before = await page.evaluate(() => window.idle.timers().firedAt.length)
    await passed(MINUTE_MS)
    const { firedAt } = await page.evaluate(() => window.idle.timers())
    const fired = firedAt.slice(before)
    const woken = fired.filter((at, index) => at - (fired[index - 1] ?? -Infinity) > TOGETHER_MS)
    return [library.name, String(fired.length), String(woken.length)]
  })
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
