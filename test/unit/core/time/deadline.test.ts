import { expect, test } from 'vitest'
import { createDeadline, type Deadline } from '../../../../src/core/time/deadline.ts'
import { createVirtualClock, type VirtualClock } from '../../../../src/testing/virtual-clock.ts'

function setUp(): { clock: VirtualClock; deadline: Deadline; reached: number[] } {
  const clock = createVirtualClock()
  const reached: number[] = []
  return { clock, reached, deadline: createDeadline(clock, () => reached.push(clock.now())) }
}

test('reports once when the moment passes', async () => {
  const { clock, reached, deadline } = setUp()
  const at = clock.now() + 60_000
  deadline.set(60_000)
  await clock.advance(59_999)
  expect(reached).toEqual([])
  await clock.advance(600_000)
  expect(reached).toEqual([at])
})

test('notices within ten seconds of waking that the moment passed during sleep', async () => {
  const { clock, reached, deadline } = setUp()
  deadline.set(3_600_000)
  clock.sleep(8 * 3_600_000)
  await clock.advance(10_000)
  expect(reached).toHaveLength(1)
})

test('reports at once on check after sleep', () => {
  const { clock, reached, deadline } = setUp()
  deadline.set(3_600_000)
  clock.sleep(8 * 3_600_000)
  deadline.check()
  deadline.check()
  expect(reached).toHaveLength(1)
})

test('is looked at early without a second timer', async () => {
  const { clock, reached, deadline } = setUp()
  deadline.set(60_000)
  await clock.advance(5_000)
  deadline.check()
  expect(clock.pending).toBe(1)
  await clock.advance(54_999)
  expect(reached).toEqual([])
  await clock.advance(1)
  expect(reached).toHaveLength(1)
})

test('is not postponed by a clock set back', async () => {
  const { clock, reached, deadline } = setUp()
  deadline.set(60_000)
  clock.step(-3_600_000)
  await clock.advance(60_000)
  expect(reached).toHaveLength(1)
})

test('never reports from inside set', async () => {
  const { clock, reached, deadline } = setUp()
  deadline.set(-1)
  expect(reached).toEqual([])
  await clock.advance(0)
  expect(reached).toHaveLength(1)
})

test('replaces an earlier deadline, and stays silent once forgotten', async () => {
  const { clock, reached, deadline } = setUp()
  deadline.set(1_000)
  deadline.set(5_000)
  await clock.advance(4_999)
  expect(reached).toEqual([])
  deadline.set(Infinity)
  expect(clock.pending).toBe(0)
  await clock.advance(60_000)
  deadline.check()
  expect(reached).toEqual([])
  expect(clock.pending).toBe(0)
})

test('can be set again from the callback', async () => {
  const clock = createVirtualClock()
  let calls = 0
  const deadline = createDeadline(clock, () => {
    if (++calls === 1) deadline.set(1_000)
  })
  deadline.set(1_000)
  await clock.advance(5_000)
  expect(calls).toBe(2)
})

test.each([2 ** 31 - 1, 2 ** 31, 2 ** 40])('waits %i ms with one short timer', async (ms) => {
  const { clock, reached, deadline } = setUp()
  deadline.set(ms)
  await clock.advance(25_000)
  expect(clock.pending).toBe(1)
  clock.sleep(ms - 30_000)
  await clock.advance(4_999)
  expect(reached).toEqual([])
  await clock.advance(10_001)
  expect(reached).toHaveLength(1)
})

test.each([Infinity, NaN])('a moment that is none (%d) is never reached', async (at) => {
  const { clock, reached, deadline } = setUp()
  deadline.set(at)
  await clock.advance(60_000)
  deadline.check()
  expect(reached).toEqual([])
  expect(clock.pending).toBe(0)
})
