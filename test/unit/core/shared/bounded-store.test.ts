import { describe, expect, test } from 'vitest'
import {
  createBoundedStore,
  NO_ANSWER,
  RETRY_MS,
  type BoundedStore,
} from '../../../../src/core/shared/bounded-store.ts'
import { createVirtualClock, type VirtualClock } from '../../../../src/testing/virtual-clock.ts'

const PATIENCE_MS = 500
const REFUSED = new Error('Not what was to be replaced')

interface Setup {
  readonly clock: VirtualClock
  readonly bounded: BoundedStore
  /** What the application was told, in order. */
  readonly fallbacks: string[]
  readonly used: { reads: number; reopened: number }
  /** What the mirror holds. */
  readonly mirror: { value: unknown }
  /** Tries something that the database answers, that it refuses, or that it never answers. */
  attempt(outcome: Outcome): Promise<unknown>
}

type Outcome = 'answers' | 'fails' | 'hangs' | 'refuses'

function come(outcome: Outcome): Promise<unknown> {
  if (outcome === 'answers') return Promise.resolve('answer')
  if (outcome === 'hangs') return new Promise(() => undefined)
  return Promise.reject(outcome === 'refuses' ? REFUSED : new Error('No database here'))
}

/** A store whose check, five seconds after it was silent, has the outcome `onCheck`. The first timer is late by `lateMs`. */
function setUp({
  canMirror = true,
  onCheck = 'answers',
  lateMs = 0,
}: {
  readonly canMirror?: boolean
  readonly onCheck?: Outcome
  readonly lateMs?: number
} = {}): Setup {
  const clock = createVirtualClock()
  let lateByMs = lateMs
  const fallbacks: string[] = []
  const used = { reads: 0, reopened: 0 }
  const mirror = { value: 'mirrored' as unknown }
  const bounded = createBoundedStore({
    clock: {
      ...clock,
      schedule(callback, delayMs) {
        const atMs = delayMs + lateByMs
        lateByMs = 0
        return clock.schedule(callback, atMs)
      },
    },
    store: {
      read() {
        used.reads++
        return come(onCheck)
      },
      update: () => Promise.resolve(),
      reopen: () => used.reopened++,
      close: () => undefined,
    },
    mirror: {
      read: () => mirror.value,
      write(value) {
        if (canMirror) mirror.value = value
        return canMirror
      },
      watch: () => () => undefined,
    },
    refused: REFUSED,
    onFallback: (place) => fallbacks.push(place),
  })
  async function attempt(outcome: Outcome): Promise<unknown> {
    const trying = bounded.attempt(() => come(outcome))
    // Some of these end in a rejection, which is the caller's.
    void trying.catch(() => undefined)
    await clock.advance(outcome === 'hangs' ? PATIENCE_MS : 0)
    return await trying
  }
  return { clock, bounded, fallbacks, used, mirror, attempt }
}

test.each<readonly [string, Outcome, unknown, boolean]>([
  ['answers', 'answers', 'answer', false],
  ['fails', 'fails', NO_ANSWER, true],
  ['does not answer', 'hangs', NO_ANSWER, true],
])('a database that %s', async (_, outcome, result, isUnavailable) => {
  const { bounded, used, attempt } = setUp()
  expect(bounded.isUnavailable()).toBe(false)
  expect(await attempt(outcome)).toBe(result)
  expect(bounded.isUnavailable()).toBe(isUnavailable)
  expect(bounded.place).toBe(isUnavailable ? 'local-storage' : 'indexed-db')
  expect(used.reopened).toBe(isUnavailable ? 1 : 0)
})

test('work that writes nothing rejects as it does, and the database stays in use', async () => {
  const { bounded, fallbacks, used, attempt } = setUp()
  await expect(attempt('refuses')).rejects.toBe(REFUSED)
  expect([bounded.place, bounded.isUnavailable()]).toEqual(['indexed-db', false])
  expect([fallbacks, used.reopened]).toEqual([[], 0])
})

test.each([
  ['the mirror', true, 'local-storage'],
  ['memory, where the mirror cannot be written to', false, 'memory'],
])('a database that fails is replaced by %s', async (_, canMirror, place) => {
  const { bounded, fallbacks, mirror, attempt } = setUp({ canMirror })
  await attempt('fails')
  expect([bounded.place, fallbacks]).toEqual([place, [place]])
  expect(mirror.value).toBe('mirrored')
})

test.each<readonly [string, readonly Outcome[], Outcome, readonly string[]]>([
  ['fails', ['fails'], 'answers', ['local-storage']],
  ['fails again and again', ['fails', 'fails', 'hangs'], 'fails', ['local-storage']],
  ['is silent once', ['hangs'], 'answers', []],
  ['is silent, and silent when it is checked', ['hangs'], 'hangs', ['local-storage']],
  ['is silent, and fails when it is checked', ['hangs'], 'fails', ['local-storage']],
  ['is silent now and then', ['hangs', 'answers', 'hangs'], 'answers', []],
  ['fails after it was silent and came back', ['hangs', 'fails'], 'answers', ['local-storage']],
])('a database that %s is told of once at most', async (_, outcomes, onCheck, expected) => {
  const { clock, fallbacks, attempt } = setUp({ onCheck })
  for (const outcome of outcomes) {
    await attempt(outcome)
    await clock.advance(RETRY_MS + PATIENCE_MS)
  }
  await clock.advance(10 * RETRY_MS)
  expect(fallbacks).toEqual(expected)
})

describe('a database that did not answer', () => {
  test.each([
    ['just before five seconds have passed', RETRY_MS - 1, true],
    ['when they have', RETRY_MS, false],
  ])('is left alone until %s: %s', async (_, ms, isUnavailable) => {
    const { clock, bounded, attempt } = setUp()
    await attempt('fails')
    await clock.advance(ms)
    expect(bounded.isUnavailable()).toBe(isUnavailable)
    let calls = 0
    const result = await bounded.attempt(() => Promise.resolve(calls++))
    expect([result, calls]).toEqual(isUnavailable ? [NO_ANSWER, 0] : [0, 1])
    expect(bounded.place).toBe(isUnavailable ? 'local-storage' : 'indexed-db')
  })

  test('is checked once, and not again while it answers', async () => {
    const { clock, bounded, used, attempt } = setUp()
    await attempt('hangs')
    await clock.advance(RETRY_MS - 1)
    expect(used.reads).toBe(0)
    await clock.advance(10 * RETRY_MS)
    expect([used.reads, bounded.place, clock.pending]).toEqual([1, 'indexed-db', 0])
  })

  test('is checked after each silence', async () => {
    const { clock, used, attempt } = setUp()
    for (const reads of [1, 2]) {
      await attempt('hangs')
      await clock.advance(RETRY_MS)
      expect(used.reads).toBe(reads)
    }
  })

  test('is not checked where the application was told of it', async () => {
    const { clock, used, attempt } = setUp()
    await attempt('fails')
    await clock.advance(10 * RETRY_MS)
    expect([used.reads, clock.pending]).toEqual([0, 0])
  })

  test('is not checked by a session that is closed', async () => {
    const { clock, bounded, used, attempt } = setUp()
    await attempt('hangs')
    bounded.close()
    bounded.close()
    expect(clock.pending).toBe(0)
    await clock.advance(10 * RETRY_MS)
    expect(used.reads).toBe(0)
  })

  test('is checked once for two calls that waited at the same time', async () => {
    const { clock, bounded, fallbacks, used } = setUp()
    const both = Promise.all([1, 2].map(() => bounded.attempt(() => come('hangs'))))
    await clock.advance(PATIENCE_MS)
    expect(await both).toEqual([NO_ANSWER, NO_ANSWER])
    await clock.advance(RETRY_MS)
    expect([used.reads, clock.pending, fallbacks]).toEqual([1, 0, []])
  })
})

test.each([
  ['a page that stood still waits half a second more for an answer', 60_000, 60_800, 'answer'],
  ['a page that stood still does not wait for longer', 60_000, 61_100, NO_ANSWER],
  ['a page whose timer is a tenth of a second late does not wait again', 100, 700, NO_ANSWER],
])('%s', async (_, lateMs, answerMs, expected) => {
  const { clock, bounded } = setUp({ lateMs })
  const answer = Promise.withResolvers<string>()
  const trying = bounded.attempt(() => answer.promise)
  clock.schedule(() => answer.resolve('answer'), answerMs)
  await clock.advance(lateMs + 3 * PATIENCE_MS)
  expect(await trying).toBe(expected)
})
