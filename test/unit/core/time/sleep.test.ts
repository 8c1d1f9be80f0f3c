import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { sleep, within, withinAwake } from '../../../../src/core/time/sleep.ts'
import type { Clock } from '../../../../src/ports.ts'
import { createVirtualClock, type VirtualClock } from '../../../../src/testing/virtual-clock.ts'

// A session lives as long as its page: whatever waits must leave nothing behind.

test('a sleep ends with its time, or with its signal, and then holds neither timer nor listener', async () => {
  const clock = createVirtualClock()
  const { signal, abort } = controller()
  const short = sleep(clock, 1_000, signal)
  const long = sleep(clock, 10_000, signal)
  expect(getEventListeners(signal, 'abort')).toHaveLength(2)
  await clock.advance(1_000)
  await short
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  abort()
  await long
  expect(clock.pending).toBe(0)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('a sleep without a signal ends with its time', async () => {
  const clock = createVirtualClock()
  let isOver = false
  const sleeping = sleep(clock, 1_000).then(() => (isOver = true))
  await clock.advance(999)
  expect(isOver).toBe(false)
  await clock.advance(1)
  await sleeping
  expect(clock.pending).toBe(0)
})

test('a sleep whose signal has aborted before does not begin', async () => {
  const clock = createVirtualClock()
  await sleep(clock, 1_000, AbortSignal.abort())
  expect(clock.pending).toBe(0)
})

test('work that is done in time leaves no timer behind, nor does work that fails', async () => {
  const clock = createVirtualClock()
  expect(await within(clock, 1_000, () => Promise.resolve('done'), 'late')).toBe('done')
  const failing = within(clock, 1_000, () => Promise.reject(new Error('No')), 'late')
  await expect(failing).rejects.toThrow('No')
  expect(clock.pending).toBe(0)
})

test('work that takes too long is told so, and what it comes to then is ignored', async () => {
  const clock = createVirtualClock()
  const signals: AbortSignal[] = []
  const waiting = within(
    clock,
    1_000,
    (over) => {
      signals.push(over)
      return new Promise<string>(() => undefined)
    },
    'late',
  )
  expect(signals.map(({ aborted }) => aborted)).toEqual([false])
  await clock.advance(1_000)
  expect(await waiting).toBe('late')
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
})

test.each([
  ['on time', 0, 1_000],
  ['as late as on a busy page', 100, 1_100],
  ['later than that: the page stood still, so it is given the time once more', 101, 2_202],
])('work that never ends is given up after a timer that is %s', async (_, lateMs, givenMs) => {
  const clock = createVirtualClock()
  // The page has been open for a while.
  await clock.advance(60_000)
  const startedAt = clock.uptime()
  const waiting = withinAwake(
    late(clock, lateMs),
    1_000,
    () => new Promise(() => undefined),
    'late',
  )
  const givenUp = waiting.then((result) => [result, clock.uptime() - startedAt])
  await clock.advance(5_000)
  expect(await givenUp).toEqual(['late', givenMs])
  expect(clock.pending).toBe(0)
})

test('work that is done after the page stood still is begun once, and its result counts', async () => {
  const clock = createVirtualClock()
  const work = Promise.withResolvers<string>()
  let begun = 0
  const waiting = withinAwake(
    late(clock, 5_000),
    1_000,
    () => {
      begun++
      return work.promise
    },
    'late',
  )
  await clock.advance(6_500)
  work.resolve('done')
  expect(await waiting).toBe('done')
  expect(begun).toBe(1)
  expect(clock.pending).toBe(0)
})

/** A clock whose timers are late by so much. */
function late(clock: VirtualClock, lateMs: number): Clock {
  return { ...clock, schedule: (callback, ms) => clock.schedule(callback, ms + lateMs) }
}

function controller(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const made = new AbortController()
  return { signal: made.signal, abort: () => made.abort() }
}
