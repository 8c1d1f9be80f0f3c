import { expect, test } from 'vitest'
import { plus, sessionMs, wallMs } from '../../../../src/core/time/moments.ts'
import { createTime } from '../../../../src/core/time/time.ts'
import { createVirtualClock } from '../../../../src/testing/virtual-clock.ts'

test('a moment later is a moment by the same clock', () => {
  expect(plus(wallMs(5), 7)).toBe(12)
})

test.each([
  ['passes with the system clock', 0, 1_000],
  ['jumps ahead with it', 60_000, 61_000],
  ['goes on from where it was when that is set back', -3_600_000, 1_000],
])('session time %s', async (_, stepMs, expected) => {
  const clock = createVirtualClock()
  const time = createTime(clock)
  const before = time.sessionNow()
  clock.step(stepMs)
  await clock.advance(1_000)
  expect(time.sessionNow() - before).toBe(expected)
})

test('session time follows what another tab has seen, never backwards within a session', () => {
  const time = createTime(createVirtualClock())
  const before = time.sessionNow()
  time.follow(plus(before, 5_000), false)
  expect(time.sessionNow()).toBe(before + 5_000)
  time.follow(before, false)
  expect(time.sessionNow()).toBe(before + 5_000)
})

test('a new session starts its own time', () => {
  const clock = createVirtualClock()
  const time = createTime(clock)
  time.follow(sessionMs(clock.now() + 5_000), false)
  time.follow(sessionMs(clock.now()), true)
  expect(time.sessionNow()).toBe(clock.now())
})

test.each([
  ['the same moment while the clocks agree', 0, 0],
  ['an hour earlier after the system clock was set back by that', -3_600_000, -3_600_000],
])('the system clock shows a moment of session time as %s', (_, stepMs, expected) => {
  const clock = createVirtualClock()
  const time = createTime(clock)
  const at = plus(time.sessionNow(), 60_000)
  clock.step(stepMs)
  expect(time.toWall(at) - at).toBe(expected)
})
