import { expect, test } from 'vitest'
import { startOpening, type Opening } from '../../../../src/core/session/opening.ts'
import type { Tab } from '../../../../src/core/session/tab.ts'
import { createTime } from '../../../../src/core/time/time.ts'
import type { VirtualClock } from '../../../../src/testing/virtual-clock.ts'
import { alice, sampleTab } from './sample-tab.ts'

const MAX_WAIT_MS = 10_000

interface Setup {
  readonly clock: VirtualClock
  readonly tab: Tab
  readonly opening: Opening
  readonly disposed: AbortController
  /** What has happened, in order. */
  readonly seen: string[]
  readonly restored: () => void
}

/** A tab that looks for its session until `restored` is called. */
function setUp(): Setup {
  const { clock, tab } = sampleTab(true)
  const seen: string[] = []
  const disposed = new AbortController()
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const opening = startOpening({
    time: createTime(clock),
    tab,
    restore: () => promise,
    renewal: { start: () => seen.push(`renewal while ${tab.state.status}`) },
    disposed: disposed.signal,
    maxWaitMs: MAX_WAIT_MS,
  })
  void opening.informed.then(() => seen.push('informed'))
  void opening.ready.then(({ status }) => seen.push(`ready: ${status}`))
  return { clock, tab, opening, disposed, seen, restored: () => resolve(undefined) }
}

test('a page that finds no session is informed and ready once restoring is over, and renews from then on', async () => {
  const { clock, seen, restored } = setUp()
  await clock.settle()
  expect(seen).toEqual([])
  restored()
  await clock.settle()
  expect(seen).toEqual(['renewal while logged-out', 'informed', 'ready: logged-out'])
})

test('a page that finds a record is informed at once, and ready when restoring is over', async () => {
  const { clock, tab, seen, restored } = setUp()
  tab.observe(alice, 'restored')
  await clock.settle()
  expect(seen).toEqual(['informed'])
  restored()
  await clock.settle()
  expect(seen).toEqual(['informed', 'renewal while logged-in', 'ready: logged-in'])
})

test('a page that is disposed of while it restores becomes ready, and renews nothing', async () => {
  const { clock, disposed, seen, restored } = setUp()
  disposed.abort()
  restored()
  await clock.settle()
  expect(seen).toEqual(['informed', 'ready: logged-out'])
})

test.each([
  ['as long as a request does', undefined, MAX_WAIT_MS],
  ['less if it is told so', 500, 500],
  ['not at all if it is told so', 0, 0],
])('a caller that waits for a page that is never ready waits %s', async (_, atMostMs, ms) => {
  const { clock, opening } = setUp()
  const startedAt = clock.uptime()
  const over: number[] = []
  void opening.readyInTime(atMostMs).then(() => over.push(clock.uptime() - startedAt))
  await clock.advance(ms)
  await clock.settle()
  expect(over).toEqual([ms])
})

test('a caller that waits for a page goes on as soon as that is ready, and leaves no timer behind', async () => {
  const { clock, tab, opening, restored } = setUp()
  const waiting = opening.readyInTime()
  restored()
  expect(await waiting).toBe(tab.state)
  expect(clock.pending).toBe(0)
})
