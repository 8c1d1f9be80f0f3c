import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { clock } from '../../../src/platform/clock.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  // In this order: what was stubbed is a fake timer, and would stay one for the files after this.
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test.each([2 ** 31 - 1, 2 ** 31, 2 ** 40, Infinity])(
  'a delay of %d ms, near or beyond the longest timer, does not fire at once',
  (delayMs) => {
    const fired = vi.fn()
    const cancel = clock.schedule(fired, delayMs)
    vi.advanceTimersByTime(24 * 86_400_000)
    expect(fired).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(1)
    cancel()
    expect(vi.getTimerCount()).toBe(0)
  },
)

test.each([0.3, 749.6])(
  'a delay of %d ms is over when the timer fires, though timers know no fractions',
  (delayMs) => {
    let firedAt: number | undefined
    const startedAt = clock.now()
    clock.schedule(() => (firedAt = clock.now()), delayMs)
    vi.advanceTimersByTime(1_000)
    expect((firedAt ?? 0) - startedAt).toBeGreaterThanOrEqual(delayMs)
  },
)

test('fake timers that are installed later are used', () => {
  const startedAt = clock.now()
  const fired = vi.fn()
  clock.schedule(fired, 1_000)
  vi.advanceTimersByTime(1_000)
  expect(fired).toHaveBeenCalledTimes(1)
  expect(clock.now()).toBe(startedAt + 1_000)
})

test('timers run outside zones, where there are any: Angular waits for all that are within', () => {
  vi.useFakeTimers()
  const zones = ['angular']
  const seen: string[] = []
  const note = (what: string): void => void seen.push(`${what} in ${String(zones.at(-1))}`)
  const { setTimeout } = globalThis
  // As zone.js does: a callback runs in the zone in which it was scheduled.
  vi.stubGlobal('setTimeout', (callback: () => void, ms: number) => {
    note('scheduled')
    const zone = String(zones.at(-1))
    return setTimeout(() => {
      zones.push(zone)
      callback()
      zones.pop()
    }, ms)
  })
  vi.stubGlobal('Zone', {
    root: {
      run<T>(work: () => T): T {
        zones.push('root')
        try {
          return work()
        } finally {
          zones.pop()
        }
      },
    },
  })
  clock.schedule(() => note('called'), 1_000)
  const cancel = clock.schedule(() => note('never called'), 1_000)
  cancel()
  vi.advanceTimersByTime(1_000)
  expect(seen).toEqual(['scheduled in root', 'scheduled in root', 'called in root'])
})
