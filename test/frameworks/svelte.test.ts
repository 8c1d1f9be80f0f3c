// @vitest-environment happy-dom
import { flushSync, mount, unmount } from 'svelte'
import { derived, get, type Readable } from 'svelte/store'
import { afterEach, beforeEach, expect, expectTypeOf, test, vi } from 'vitest'
import type { Session, SessionState } from '../../src/index.ts'
import { expiringStore, sessionStore } from '../../src/svelte/index.ts'
import { createTestSession, type TestSession } from '../../src/testing/index.ts'
import Expiring from './Expiring.svelte'
import ExpiringInSvelte4 from './Expiring.svelte?4'
import { watchListeners } from './watched-session.ts'

let session: TestSession

beforeEach(async () => {
  vi.useFakeTimers()
  session = createTestSession({ claims: { sub: 'alice' } })
  await session.ready
})
afterEach(() => {
  session.dispose()
  vi.useRealTimers()
})

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
}

/** Mounts the same component, compiled by two versions of Svelte. */
const versions = {
  'Svelte 5'(target: HTMLElement, given: Session) {
    const mounted = mount(Expiring, { target, props: { session: given } })
    flushSync()
    return () => void unmount(mounted)
  },
  'Svelte 4'(target: HTMLElement, given: Session) {
    const mounted = new ExpiringInSvelte4({ target, props: { session: given } })
    return () => mounted.$destroy()
  },
}

test.each(Object.entries(versions))('a component in %s follows the session', async (_, show) => {
  const target = document.createElement('div')
  const watched = watchListeners(session)
  const text = (): string => target.textContent.replace(/\s+/g, ' ').trim()
  const destroy = show(target, watched.session)
  expect(text()).toBe('logged-in alice')

  await session.warn({ inMs: 30_000 })
  expect(text()).toBe('logged-in alice 30')
  await pass(1_000)
  expect(text()).toBe('logged-in alice 29')
  target.querySelector('button')?.click()
  await pass(0)
  expect(text()).toBe('logged-in alice')
  await session.end('revoked')
  expect(text()).toBe('logged-out')

  destroy()
  expect(watched.listeners.size).toBe(0)
})

test('a subscriber receives the state at once, and again after each change', async () => {
  const opening = createTestSession({ claims: { sub: 'alice' } })
  const seen: SessionState['status'][] = []
  const stop = sessionStore(opening).subscribe(({ status }) => seen.push(status))
  expect(seen).toEqual(['restoring'])

  await opening.ready
  await opening.end('revoked')
  expect(seen).toEqual(['restoring', 'logged-in', 'logged-out'])
  stop()
  await opening.logIn()
  expect(seen).toHaveLength(3)
  opening.dispose()
})

test('the countdown changes once a second while a warning is open, and not otherwise', async () => {
  const seen: (number | undefined)[] = []
  const stop = expiringStore(session).subscribe((expiring) => seen.push(expiring?.secondsLeft))
  await pass(60_000)
  expect(seen).toEqual([undefined])

  await session.warn({ inMs: 20_300 })
  await pass(299)
  expect(seen.splice(0)).toEqual([undefined, 21])
  await pass(1)
  expect(seen.splice(0)).toEqual([20])
  await pass(3_000)
  expect(seen.splice(0)).toEqual([19, 18, 17])
  vi.setSystemTime(Date.now() + 10_000)
  await pass(1_000)
  expect(seen.splice(0)).toEqual([6])
  await session.extend()
  await pass(10_000)
  expect(seen.at(-1)).toBe(undefined)
  stop()
})

test('a change of the session during a warning starts no second timer', async () => {
  await session.warn({ inMs: 30_000 })
  const stop = expiringStore(session).subscribe(() => undefined)
  const timers = vi.getTimerCount()
  const changes = vi.fn()
  session.subscribe(changes)
  await session.warn({ inMs: 25_000 })
  await session.warn({ inMs: 20_000 })
  expect(changes).toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(timers)
  stop()
})

test('a subscriber that another one unsubscribes is not called again, and leaves no timer', async () => {
  const timers = vi.getTimerCount()
  const first = expiringStore(session).subscribe((expiring) => {
    if (expiring) second()
  })
  const heard = vi.fn()
  const second = expiringStore(session).subscribe(heard)
  await session.warn({ inMs: 30_000 })
  first()
  expect(heard.mock.calls).toEqual([[null]])
  expect(vi.getTimerCount()).toBe(timers)
})

test('a store without subscribers has no timer and no listener', async () => {
  const watched = watchListeners(session)
  await session.warn({ inMs: 30_000 })
  const timers = vi.getTimerCount()
  const expiring = expiringStore(watched.session)
  expect([watched.listeners.size, vi.getTimerCount()]).toEqual([0, timers])

  const stop = expiring.subscribe(() => undefined)
  expect([watched.listeners.size, vi.getTimerCount()]).toEqual([1, timers + 1])
  stop()
  expect([watched.listeners.size, vi.getTimerCount()]).toEqual([0, timers])
})

test('the stores are Svelte stores', async () => {
  const subject = derived(sessionStore(session), ({ subject }) => subject)
  expectTypeOf(subject).toExtend<Readable<string | null>>()
  expect(get(subject)).toBe('alice')
  await session.warn({ inMs: 30_000 })
  await pass(10_000)
  expect(get(expiringStore(session))).toMatchObject({ cause: 'idle', secondsLeft: 20 })
})
