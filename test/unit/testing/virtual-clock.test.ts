import { expect, test } from 'vitest'
import { createVirtualClock } from '../../../src/testing/virtual-clock.ts'

test('the wall clock advances as far as the timers, however short the steps', async () => {
  const clock = createVirtualClock()
  const begunAt = clock.now()
  for (let step = 0; step < 1_000; step++) await clock.advance(0.0001)
  expect(clock.uptime()).toBeCloseTo(0.1)
  expect(clock.now() - begunAt).toBeCloseTo(0.1)
})

test('only the wall clock advances during sleep, and setting it does not affect timers', () => {
  const clock = createVirtualClock(1_000_000)
  clock.sleep(60_000)
  expect([clock.now(), clock.uptime(), clock.trueTime()]).toEqual([1_060_000, 0, 1_060_000])
  clock.step(-30_000)
  expect([clock.now(), clock.uptime(), clock.trueTime()]).toEqual([1_030_000, 0, 1_060_000])
})

test('advance rejects if each timer sets the next one without a delay', async () => {
  const clock = createVirtualClock()
  const again = (): unknown => clock.schedule(again, 0)
  again()
  await expect(clock.advance(1)).rejects.toThrow('Time stands still')
})
