import { expect, test } from 'vitest'
import { browserLocks } from '../../../src/platform/locks.ts'

// On the real Web Locks of Node.js.

/** The locks of one tab. */
function locksOfTab(): NonNullable<ReturnType<typeof browserLocks>> {
  const locks = browserLocks()
  if (!locks) throw new Error('Node.js has Web Locks')
  return locks
}

const patient = new AbortController().signal

test('query tells who holds a lock, and how many requests are pending', async () => {
  const [one, two] = [locksOfTab(), locksOfTab()]
  let release = (): void => undefined
  const held = one.run('query', () => new Promise<void>((resolve) => (release = resolve)), patient)
  const waiting = two.run('query', () => Promise.resolve(), patient)

  await expect.poll(() => one.query('query')).toEqual({ heldBy: 'this-tab', pending: 1 })
  expect(await two.query('query')).toEqual({ heldBy: 'other-tab', pending: 1 })
  expect(await one.query('another')).toEqual({ heldBy: null, pending: 0 })
  release()
  await Promise.all([held, waiting])
  expect(await one.query('query')).toEqual({ heldBy: null, pending: 0 })
})

test('work that fails releases the lock, and run rejects with its error', async () => {
  const locks = locksOfTab()
  const failure = new Error('failed')
  await expect(locks.run('failing', () => Promise.reject(failure), patient)).rejects.toBe(failure)
  expect(await locks.query('failing')).toEqual({ heldBy: null, pending: 0 })
})

test('run rejects if the signal aborts before the lock is granted, and can be called again', async () => {
  const [one, two] = [locksOfTab(), locksOfTab()]
  let release = (): void => undefined
  const held = one.run('late', () => new Promise<void>((resolve) => (release = resolve)), patient)
  const impatient = new AbortController()
  const waiting = two.run('late', () => Promise.resolve(), impatient.signal)
  await expect.poll(() => two.query('late')).toEqual({ heldBy: 'other-tab', pending: 1 })
  impatient.abort(new Error('too late'))
  await expect(waiting).rejects.toThrow('too late')
  release()
  await held
  expect(await two.run('late', () => Promise.resolve('granted'), patient)).toBe('granted')
})
