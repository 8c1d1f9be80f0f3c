// What an event costs the page, compared with no listener, and with a listener that does nothing.
import type { CDPSession } from 'puppeteer-core'
import { median } from '../support/figures.ts'
import { withCleanup } from '../support/with-cleanup.ts'
import { openStage, trustScript, type Library } from './libraries.ts'
import type { Listening } from './pages/listeners.ts'
import { puppeteerOf } from '../../browser/engines/chromium.ts'
import type { Page } from '../../browser/engines/tab.ts'

const IN_TURNS: readonly Listening[] = ['none', 'empty', 'library']
const EVENTS = 100_000
const STRETCHES_OF_A_TURN = 10
/** Few, so that the machine rarely does other work in between. */
const EVENTS_OF_A_STRETCH = 2_000
const BUSY_MS = 10_000
const LONG_MS = 15 * 60_000
const PRESSES_OF_A_TURN = 100

/** The times of one round, for each kind of listener. */
type Round = Readonly<Record<Listening, number>>

export const DISPATCHED = [
  'library',
  'event',
  'no listener, ns',
  'empty, ns',
  'library, ns',
  'of empty',
  `timers made in ${BUSY_MS / 1_000} s`,
]

/** Events that script dispatches, the same number for each kind of listener. */
export function dispatched(library: Library, rounds: number): Promise<string[]> {
  return withCleanup(async (onFinished) => {
    const { page } = (await openStage(library, onFinished, [trustScript])).tab
    const turns = (rounds * EVENTS) / (STRETCHES_OF_A_TURN * EVENTS_OF_A_STRETCH)
    // Measured by the clock: with the inspector attached, every listener costs twice as much.
    const measured = await inTurns(page, turns, () => fastestStretch(page))
    return [
      library.name,
      await page.evaluate(() => window.idle.event),
      ...cells(measured, 1e6 / EVENTS_OF_A_STRETCH, 0),
      String(await timersWhileBusy(page)),
    ]
  })
}

/** The fastest stretch of a turn. One that was interrupted says more about the machine than about a listener. */
async function fastestStretch(page: Page): Promise<number> {
  const dispatch = (times: number, stretches: number): number[] =>
    Array.from({ length: stretches }, () => window.idle.dispatch(times))
  return Math.min(...(await page.evaluate(dispatch, EVENTS_OF_A_STRETCH, STRETCHES_OF_A_TURN)))
}

/** The library listens, and every event counts as real. */
async function timersWhileBusy(page: Page): Promise<number> {
  await page.evaluate(() => window.idle.attach('library'))
  const before = await page.evaluate(() => window.idle.timers().made)
  await page.evaluate((ms, events) => window.idle.keepBusy(ms, events), BUSY_MS, EVENTS)
  return (await page.evaluate(() => window.idle.timers().made)) - before
}

export const TRUSTED = ['library', 'no listener, µs', 'empty, µs', 'library, µs', 'of empty']

/** Input as the browser delivers it: main-thread time of a move and a press with everything that they cause. */
export function trusted(library: Library, rounds: number): Promise<string[]> {
  return withCleanup(async (onFinished) => {
    const { page } = (await openStage(library, onFinished)).tab
    const devtools = await puppeteerOf(page).createCDPSession()
    // Not by the clock, which goes on while the machine does other work.
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
    const measured = await inTurns(page, rounds, () => busyFor(devtools, () => press(devtools)))
    return [library.name, ...cells(measured, 1e6 / PRESSES_OF_A_TURN, 1)]
  })
}

async function press(devtools: CDPSession): Promise<void> {
  const sent: Promise<unknown>[] = []
  for (let n = 0; n < PRESSES_OF_A_TURN; n++) {
    const at = { x: 100 + (n % 50), y: 100, button: 'left', clickCount: 1 } as const
    // A press does not wait for the next frame, and neither do the moves before it.
    for (const type of ['mouseMoved', 'mousePressed', 'mouseReleased'] as const)
      sent.push(devtools.send('Input.dispatchMouseEvent', { ...at, type }))
  }
  await Promise.all(sent)
}

/**
 * Does the same with each kind of listener in every round, in changing order. The first rounds are for the compiler and
 * do not count.
 */
async function inTurns(
  page: Page,
  rounds: number,
  measure: () => Promise<number>,
): Promise<Round[]> {
  const warmUp = Math.ceil(rounds / 5)
  const measured: Round[] = []
  await page.evaluate((ms) => window.idle.watch(ms), LONG_MS)
  for (let round = 0; round < warmUp + rounds; round++) {
    const found: Record<Listening, number> = { none: NaN, empty: NaN, library: NaN }
    for (const who of round % 2 === 0 ? IN_TURNS : IN_TURNS.toReversed()) {
      await page.evaluate((who) => window.idle.attach(who), who)
      found[who] = await measure()
    }
    measured.push(found)
  }
  return measured.slice(warmUp)
}

/** Processor time of the page's main thread, in seconds. */
async function busyFor(devtools: CDPSession, work: () => Promise<void>): Promise<number> {
  const taken = async (): Promise<number> => {
    const { metrics } = await devtools.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN
  }
  const before = await taken()
  await work()
  return (await taken()) - before
}

function cells(rounds: readonly Round[], unit: number, digits: number): string[] {
  return [
    ...IN_TURNS.map((who) => (median(rounds.map((round) => round[who])) * unit).toFixed(digits)),
    // The difference of rounds next to each other, since a busy moment slows both.
    median(rounds.map(({ library, empty }) => library / empty)).toFixed(3),
  ]
}
