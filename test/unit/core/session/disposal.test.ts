import { expect, test } from 'vitest'
import { createDisposal } from '../../../../src/core/session/disposal.ts'

test('a session that is not disposed of lets work pass, with its arguments and what it comes to', async () => {
  const { guard, signal, isOver } = createDisposal()
  expect([signal.aborted, isOver]).toEqual([false, false])
  const add = guard((a: number, b: number) => Promise.resolve(a + b))
  expect(await add(2, 3)).toBe(5)
  const mine = new Error('mine')
  await expect(guard(() => Promise.reject(mine))()).rejects.toBe(mine)
})

test.each([1, 2])('a session that is disposed of %i times begins no work', async (times) => {
  const disposal = createDisposal()
  let calls = 0
  const work = disposal.guard(() => Promise.resolve(calls++))
  await work()
  for (let time = 0; time < times; time++) disposal.dispose()
  await expect(work()).rejects.toMatchObject({ name: 'SessionError', code: 'disposed' })
  expect(calls).toBe(1)
  expect([disposal.signal.aborted, disposal.isOver]).toEqual([true, true])
})

test('work that had begun before the session was disposed of comes to its own end', async () => {
  const disposal = createDisposal()
  const { promise, resolve } = Promise.withResolvers<string>()
  const working = disposal.guard(() => promise)()
  disposal.dispose()
  resolve('done')
  expect(await working).toBe('done')
})

test('a listener to the signal of a disposed session finds that it is over', () => {
  const disposal = createDisposal()
  const found: boolean[] = []
  disposal.signal.addEventListener('abort', () => found.push(disposal.isOver))
  disposal.dispose()
  expect(found).toEqual([true])
})
