import { expect, test } from 'vitest'
import { plus, sessionMs } from '../../../../src/core/time/moments.ts'
import { createTime } from '../../../../src/core/time/time.ts'
import { createVirtualClock } from '../../../../src/testing/virtual-clock.ts'

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

test('session time begins with what the system clock shows, however long its page has been open', async () => {
  const clock = createVirtualClock()
  await clock.advance(60_000)
  const time = createTime(clock)
  expect(time.sessionNow()).toBe(clock.now())
  await clock.advance(1_000)
  expect(time.sessionNow()).toBe(clock.now())
})

test('time asleep counts, also after the system clock was set back', () => {
  const clock = createVirtualClock()
  const time = createTime(clock)
  const before = time.sessionNow()
  clock.step(-3_600_000)
  expect(time.sessionNow()).toBe(before)
  clock.sleep(600_000)
  expect(time.sessionNow() - before).toBe(600_000)
})

test('clocks that advance in different steps do not add up to more time than has passed', () => {
  let uptime = 0
  // One of them advances every millisecond, the other every tenth of one.
  const time = createTime({
    now: () => 1_700_000_000_000 + Math.floor(uptime),
    uptime: () => uptime,
    schedule: () => () => undefined,
  })
  const before = time.sessionNow()
  for (let look = 0; look < 1_000; look++) {
    uptime += 0.1
    time.sessionNow()
  }
  expect(time.sessionNow() - before).toBeCloseTo(100, 3)
})

const SESSION = { session: 'S', seenAt: sessionMs(0) }

test('session time follows what another tab has seen, never backwards within a session', async () => {
  const clock = createVirtualClock()
  const time = createTime(clock)
  const before = time.sessionNow()
  time.follow({ ...SESSION, seenAt: plus(before, 5_000) }, SESSION)
  expect(time.sessionNow()).toBe(before + 5_000)
  time.follow({ ...SESSION, seenAt: before }, SESSION)
  expect(time.sessionNow()).toBe(before + 5_000)
  await clock.advance(1_000)
  expect(time.sessionNow()).toBe(before + 6_000)
})

test.each([
  ['of a session that is new to a tab', null, 60_000],
  ['that is new to a tab', SESSION, 60_000],
  ['that a tab has known for a while: it counts by itself', { ...SESSION, aheadMs: 60_000 }, 0],
])('how far session time is ahead of the system clock by a record %s', (_, known, aheadMs) => {
  const clock = createVirtualClock()
  const time = createTime(clock)
  time.follow({ ...SESSION, aheadMs: 60_000 }, known)
  expect(time.sessionNow()).toBe(clock.now() + aheadMs)
})

test('a new session starts its own time', () => {
  const clock = createVirtualClock()
  const time = createTime(clock)
  time.follow({ ...SESSION, seenAt: sessionMs(clock.now() + 5_000) }, SESSION)
  time.follow({ session: 'T', seenAt: sessionMs(clock.now()) }, SESSION)
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
