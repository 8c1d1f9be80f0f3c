import { expect, test, vi } from 'vitest'
import { watchLocks, type WatchedLocks } from '../../../src/core/notify/watch-locks.ts'
import { browserLocks } from '../../../src/platform/locks.ts'
import type { Locks, LockState } from '../../../src/ports.ts'

// On the real Web Locks of Node.js.

/** The locks of one tab, as its diagnostics see them. */
function locksOfTab(): Pick<Locks, 'run'> & { query(name: string): Promise<LockState> } {
  const locks = browserLocks()
  if (!locks) throw new Error('Node.js has Web Locks')
  const watched: WatchedLocks = watchLocks(locks)
  return { run: watched.locks.run, query: watched.stateOf }
}

const neverAborted = new AbortController().signal

test('query tells who holds a lock, and how many requests are pending', async () => {
  const [one, two] = [locksOfTab(), locksOfTab()]
  let release = (): void => undefined
  const held = one.run(
    'query',
    () => new Promise<void>((resolve) => (release = resolve)),
    neverAborted,
  )
  const waiting = two.run('query', () => Promise.resolve(), neverAborted)

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
  await expect(locks.run('failing', () => Promise.reject(failure), neverAborted)).rejects.toBe(
    failure,
  )
  expect(await locks.query('failing')).toEqual({ heldBy: null, pending: 0 })
})

test('run rejects if the signal aborts before the lock is granted, and can be called again', async () => {
  const [one, two] = [locksOfTab(), locksOfTab()]
  let release = (): void => undefined
  const held = one.run(
    'late',
    () => new Promise<void>((resolve) => (release = resolve)),
    neverAborted,
  )
  const controller = new AbortController()
  const waiting = two.run('late', () => Promise.resolve(), controller.signal)
  await expect.poll(() => two.query('late')).toEqual({ heldBy: 'other-tab', pending: 1 })
  controller.abort(new Error('too late'))
  await expect(waiting).rejects.toThrow('too late')
  release()
  await held
  expect(await two.run('late', () => Promise.resolve('granted'), neverAborted)).toBe('granted')
})

test('work that a browser runs without a lock is told so', async () => {
  const { run } = locksOfTab()
  expect(await run('held', (isHeld) => Promise.resolve(isHeld), neverAborted)).toBe(true)
  const request = (_: string, __: object, work: LockGrantedCallback<unknown>) => work(null)
  vi.stubGlobal('navigator', { locks: { request } })
  const without = locksOfTab()
  vi.unstubAllGlobals()
  expect(await without.run('none', (isHeld) => Promise.resolve(isHeld), neverAborted)).toBe(false)
})
