import { expect, test } from 'vitest'
import { watchLocks, type WatchedLocks } from '../../../../src/core/notify/watch-locks.ts'
import { settle } from '../../../support/settle.ts'

const A = 'latchkey:a'
const B = 'latchkey:b'
const { signal } = new AbortController()

/** Locks that are granted at once, or refused, and say `snapshot` of themselves. */
function watched(snapshot: LockManagerSnapshot, isHeld = true): WatchedLocks {
  return watchLocks({
    run: (_, work) => work(isHeld),
    query: () => Promise.resolve(snapshot),
  })
}

test.each<readonly [string, LockManagerSnapshot, 'other-tab' | null, number]>([
  ['where the browser tells nothing', {}, null, 0],
  ['that is free', { held: [], pending: [] }, null, 0],
  ['that another tab holds', { held: [{ name: B }, { name: A }], pending: [] }, 'other-tab', 0],
  ['beside others that are held', { held: [{ name: B }], pending: [{ name: B }] }, null, 0],
  [
    'for which two tabs wait',
    { held: [{ name: A }], pending: [{ name: A }, { name: B }, { name: A }] },
    'other-tab',
    2,
  ],
])('the state of a lock %s', async (_, snapshot, heldBy, pending) => {
  expect(await watched(snapshot).stateOf(A)).toEqual({ heldBy, pending })
})

test.each([
  ['is done', true],
  ['has failed', false],
])('a lock is held by this tab until its work %s', async (_, ok) => {
  const { locks, stateOf } = watched({ held: [{ name: A }, { name: B }] })
  const work = Promise.withResolvers<string>()
  const running = locks.run(A, () => work.promise, signal)
  expect((await stateOf(A)).heldBy).toBe('this-tab')
  expect((await stateOf(B)).heldBy).toBe('other-tab')
  if (ok) work.resolve('done')
  else work.reject(new Error('mine'))
  await (ok ? expect(running).resolves.toBe('done') : expect(running).rejects.toThrow('mine'))
  expect((await stateOf(A)).heldBy).toBe('other-tab')
})

test('a lock that this tab has lost in the eyes of the browser is held by no tab', async () => {
  const { locks, stateOf } = watched({ held: [] })
  void locks.run(A, () => new Promise(() => undefined), signal)
  expect((await stateOf(A)).heldBy).toBeNull()
})

test('a tab has had the lock that it was granted, also when it is done, until that is forgotten', async () => {
  const { locks, wasHeld, forget } = watched({})
  expect(wasHeld(A)).toBe(false)
  await locks.run(A, () => Promise.resolve(), signal)
  expect([wasHeld(A), wasHeld(B)]).toEqual([true, false])
  forget(B)
  expect(wasHeld(A)).toBe(true)
  forget(A)
  expect(wasHeld(A)).toBe(false)
})

test('a tab that still waits for a lock has not had it', async () => {
  const { locks, wasHeld } = watchLocks({
    run: () => new Promise(() => undefined),
    query: () => Promise.resolve({}),
  })
  void locks.run(A, () => Promise.resolve(), signal)
  await settle()
  expect(wasHeld(A)).toBe(false)
})

test.each([true, false])(
  'work is told whether it has its lock, and only then this tab has had it: %s',
  async (isHeld) => {
    const { locks, wasHeld, stateOf } = watched({ held: [{ name: A }] }, isHeld)
    const told: boolean[] = []
    void locks.run(
      A,
      (isMine) => {
        told.push(isMine)
        return new Promise(() => undefined)
      },
      signal,
    )
    expect([...told, wasHeld(A)]).toEqual([isHeld, isHeld])
    expect((await stateOf(A)).heldBy).toBe(isHeld ? 'this-tab' : 'other-tab')
  },
)

test('a request for a lock keeps its name and its signal', () => {
  const asked: unknown[] = []
  const { locks } = watchLocks({
    run: (name, _, given) => {
      asked.push(name, given)
      return Promise.resolve()
    },
    query: () => Promise.resolve({}),
  })
  void locks.run(A, () => Promise.resolve(), signal)
  expect(asked).toEqual([A, signal])
})
