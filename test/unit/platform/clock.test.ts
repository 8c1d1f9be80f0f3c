import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { clock } from '../../../src/platform/clock.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

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

test('fake timers that are installed later are used', () => {
  const startedAt = clock.now()
  const fired = vi.fn()
  clock.schedule(fired, 1_000)
  vi.advanceTimersByTime(1_000)
  expect(fired).toHaveBeenCalledTimes(1)
  expect(clock.now()).toBe(startedAt + 1_000)
})
