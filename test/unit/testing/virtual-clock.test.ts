import { expect, test } from 'vitest'
import { createVirtualClock } from '../../../src/testing/virtual-clock.ts'

test('however short the steps in which time passes, the wall clock gets as far as the timers do', async () => {
  const clock = createVirtualClock()
  const begunAt = clock.now()
  for (let step = 0; step < 1_000; step++) await clock.advance(0.0001)
  expect(clock.uptime()).toBeCloseTo(0.1)
  expect(clock.now() - begunAt).toBeCloseTo(0.1)
})

test('asleep only the wall clock goes on, and setting it changes nothing but what it shows', () => {
  const clock = createVirtualClock(1_000_000)
  clock.sleep(60_000)
  expect([clock.now(), clock.uptime(), clock.trueTime()]).toEqual([1_060_000, 0, 1_060_000])
  clock.step(-30_000)
  expect([clock.now(), clock.uptime(), clock.trueTime()]).toEqual([1_030_000, 0, 1_060_000])
})

test('a timer that sets the next one for the same moment, again and again, does not keep a test running for ever', async () => {
  const clock = createVirtualClock()
  const again = (): unknown => clock.schedule(again, 0)
  again()
  await expect(clock.advance(1)).rejects.toThrow('Time stands still')
})
