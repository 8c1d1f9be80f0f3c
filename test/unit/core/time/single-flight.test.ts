import { expect, test } from 'vitest'
import { singleFlight } from '../../../../src/core/time/single-flight.ts'

/** Work of which each run is settled by hand. */
function setUp() {
  const runs: PromiseWithResolvers<string>[] = []
  const work = singleFlight(() => {
    const run = Promise.withResolvers<string>()
    runs.push(run)
    return run.promise
  })
  return { work, runs }
}

test('calls made while one is running share its outcome', async () => {
  const { work, runs } = setUp()
  const calls = [work(), work(), work()]
  expect(runs).toHaveLength(1)
  runs[0]?.resolve('first')
  expect(await Promise.all(calls)).toEqual(['first', 'first', 'first'])
})

test.each([
  ['succeeded', (run?: PromiseWithResolvers<string>) => run?.resolve('first')],
  ['failed', (run?: PromiseWithResolvers<string>) => run?.reject(new Error('first'))],
])('the next call after one that %s starts another', async (_, settle) => {
  const { work, runs } = setUp()
  const first = work().catch(() => undefined)
  settle(runs[0])
  await first
  const second = work()
  expect(runs).toHaveLength(2)
  runs[1]?.resolve('second')
  expect(await second).toBe('second')
})

test('a failure reaches each call that shares it', async () => {
  const { work, runs } = setUp()
  const calls = [work(), work()]
  const failure = new Error('no answer')
  runs[0]?.reject(failure)
  const outcomes = await Promise.allSettled(calls)
  expect(outcomes).toEqual([
    { status: 'rejected', reason: failure },
    { status: 'rejected', reason: failure },
  ])
})

test('two pieces of work do not share anything', () => {
  const [one, other] = [setUp(), setUp()]
  void one.work()
  void other.work()
  expect([one.runs, other.runs].map(({ length }) => length)).toEqual([1, 1])
})
