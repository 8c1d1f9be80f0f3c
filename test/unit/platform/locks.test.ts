import { expect, test } from 'vitest'
import { browserLocks } from '../../../src/platform/locks.ts'

// On the real Web Locks of Node.js.

/** The locks as one tab has them. */
function locksOfTab(): NonNullable<ReturnType<typeof browserLocks>> {
  const locks = browserLocks()
  if (!locks) throw new Error('Node.js has Web Locks')
  return locks
}

const patient = new AbortController().signal

test('a lock says who holds it, and how many wait for it', async () => {
  const [one, two] = [locksOfTab(), locksOfTab()]
  let letGo = (): void => undefined
  const held = one.run('query', () => new Promise<void>((resolve) => (letGo = resolve)), patient)
  const waiting = two.run('query', () => Promise.resolve(), patient)

  await expect.poll(() => one.query('query')).toEqual({ heldBy: 'this-tab', pending: 1 })
  expect(await two.query('query')).toEqual({ heldBy: 'other-tab', pending: 1 })
  expect(await one.query('another')).toEqual({ heldBy: null, pending: 0 })
  letGo()
  await Promise.all([held, waiting])
  expect(await one.query('query')).toEqual({ heldBy: null, pending: 0 })
})

test('work that fails lets the lock go, and its error comes back', async () => {
  const locks = locksOfTab()
  const mine = new Error('mine')
  await expect(locks.run('failing', () => Promise.reject(mine), patient)).rejects.toBe(mine)
  expect(await locks.query('failing')).toEqual({ heldBy: null, pending: 0 })
})

test('a lock that is not granted in time rejects, and can be asked for again', async () => {
  const [one, two] = [locksOfTab(), locksOfTab()]
  let letGo = (): void => undefined
  const held = one.run('late', () => new Promise<void>((resolve) => (letGo = resolve)), patient)
  const impatient = new AbortController()
  const waiting = two.run('late', () => Promise.resolve(), impatient.signal)
  await expect.poll(() => two.query('late')).toEqual({ heldBy: 'other-tab', pending: 1 })
  impatient.abort(new Error('too late'))
  await expect(waiting).rejects.toThrow('too late')
  letGo()
  await held
  expect(await two.run('late', () => Promise.resolve('granted'), patient)).toBe('granted')
})
