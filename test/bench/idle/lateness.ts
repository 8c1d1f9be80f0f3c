// How late a page notices the end if it slept through it, measured from the moment of waking.
import { until } from '../../support/patience.ts'
import { spread } from '../support/figures.ts'
import { withCleanup } from '../support/with-cleanup.ts'
import { openStage, type Library, type Stage } from './libraries.ts'
import { puppeteerOf } from '../../browser/engines/chromium.ts'

/** Short, so that a timer that continues where it stood when the computer fell asleep is not too late to wait for. */
const AFTER_MS = 24_000
const PATIENCE_MS = 2 * AFTER_MS
const HOUR_MS = 3_600_000

/**
 * Lets the page sleep through the end and wakes it; resolves to the time of waking. `share` is the progress of the
 * runs, from 0 to 1.
 */
type Sleep = (stage: Stage, share: number) => Promise<number>

const SLEEPS: Readonly<Record<string, Sleep>> = {
  'shown again': async ({ chromium, tab }) => {
    const other = await chromium.open('about:blank')
    await tab.waitUntilHidden()
    await skip(tab)
    const wokeAt = Date.now()
    await tab.page.bringToFront()
    await other.close()
    return wokeAt
  },
  focus: async ({ tab }) => {
    await skip(tab)
    const wokeAt = Date.now()
    await tab.page.evaluate(() => dispatchEvent(new Event('focus')))
    return wokeAt
  },
  'a press': async ({ tab }) => {
    await skip(tab)
    const wokeAt = Date.now()
    await puppeteerOf(tab.page).mouse.click(100, 100)
    return wokeAt
  },
  // The clock has moved on, and timers continue where they stood.
  nothing: async ({ tab }, share) => {
    await passed(share * 10_000)
    const wokeAt = Date.now()
    await skip(tab)
    return wokeAt
  },
  // All processes of the browser are stopped and continued; the end is four seconds before that.
  'stood still': async ({ tab }) => {
    const { pid } = puppeteerOf(tab.page).browser().process() ?? {}
    if (pid === undefined) throw new Error('The browser is not running')
    await passed(AFTER_MS - 4_000)
    process.kill(-pid, 'SIGSTOP')
    await passed(8_000)
    process.kill(-pid, 'SIGCONT')
    return Date.now()
  },
}

export const HEAD = ['library', ...Object.keys(SLEEPS).map((name) => `${name}, ms`)]

export function lateness(library: Library, runs: number): Promise<string[]> {
  return withCleanup(async (onFinished) => {
    const stage = await openStage(library, onFinished)
    const cells: string[] = []
    for (const sleep of Object.values(SLEEPS)) {
      const late: number[] = []
      while (late.length < runs) late.push(await measure(stage, sleep, (late.length + 0.5) / runs))
      cells.push(spread(late, 0))
    }
    return [library.name, ...cells]
  })
}

async function measure(stage: Stage, sleep: Sleep, share: number): Promise<number> {
  const { page } = stage.tab
  await page.evaluate((ms) => window.idle.watch(ms), AFTER_MS)
  const wokeAt = await sleep(stage, share)
  const endedAt = (): Promise<number | null> => page.evaluate(() => window.idle.endedAt())
  await until(
    'the library reports an idle user',
    async () => (await endedAt()) !== null,
    PATIENCE_MS,
  )
  return Math.max(((await endedAt()) ?? NaN) - wokeAt, 0)
}

function skip({ page }: Stage['tab']): Promise<void> {
  return page.evaluate((ms) => window.idle.skip(ms), HOUR_MS)
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
