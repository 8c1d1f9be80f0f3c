import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { exclusively } from '../../../../src/core/shared/exclusively.ts'
import type { Locks, Page, PageMoment } from '../../../../src/ports.ts'
import { createVirtualClock, type VirtualClock } from '../../../../src/testing/virtual-clock.ts'

// How `exclusively` asks for its lock, on ports alone.

type Kind = 'granted' | 'refused' | 'never' | 'late' | 'null'

interface Setup {
  readonly clock: VirtualClock
  /** When the lock was asked for, in milliseconds. */
  readonly askedAt: number[]
  readonly signals: AbortSignal[]
  /** What the browser calls to grant a request. */
  readonly grants: ((isHeld: boolean) => Promise<unknown>)[]
  /** How many requests hold the lock. */
  readonly held: { count: number }
  /** How many listen to the page. */
  readonly listeners: Set<(moment: PageMoment) => void>
  readonly tell: (moment: PageMoment) => void
  readonly run: (
    work: (hasLock: boolean) => Promise<unknown>,
    signal?: AbortSignal,
  ) => Promise<unknown>
}

/** A page with locks of a kind; `late` ones are granted 700 ms after the first request, to the request of then. */
function setUp(kind: Kind | 'missing'): Setup {
  const clock = createVirtualClock()
  const askedAt: number[] = []
  const signals: AbortSignal[] = []
  const grants: Setup['grants'] = []
  const held = { count: 0 }
  const listeners = new Set<(moment: PageMoment) => void>()
  const isLate = (): boolean => kind === 'late' && clock.uptime() < 700

  async function grant(work: (isHeld: boolean) => Promise<unknown>): Promise<unknown> {
    held.count++
    try {
      return await work(kind !== 'null')
    } finally {
      held.count--
    }
  }

  const locks: Locks = {
    run(_, work, signal) {
      askedAt.push(clock.uptime())
      signals.push(signal)
      grants.push(work)
      if (kind === 'refused') return Promise.reject(new DOMException('No', 'SecurityError'))
      if (kind !== 'never' && !isLate()) return grant(work)
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      })
    },
    query: () => Promise.resolve({}),
  }
  const page: Pick<Page, 'watch'> = {
    watch(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return {
    clock,
    askedAt,
    signals,
    grants,
    held,
    listeners,
    tell: (moment) => {
      for (const listener of [...listeners]) listener(moment)
    },
    run: (work, signal = new AbortController().signal) =>
      exclusively(
        { clock, locks: kind === 'missing' ? null : locks, page },
        'latchkey:a',
        work,
        signal,
      ),
  }
}

test.each<readonly [string, Kind | 'missing', boolean, number, number]>([
  ['granted at once', 'granted', true, 1, 0],
  ['granted at the third request', 'late', true, 3, 1_000],
  ['run without, as browsers have done', 'null', false, 1, 0],
  ['refused', 'refused', false, 1, 0],
  ['missing', 'missing', false, 0, 0],
  ['never granted', 'never', false, 30, 15_000],
])('work begins once if its lock is %s', async (_, kind, hasLock, requests, ms) => {
  const { clock, askedAt, run } = setUp(kind)
  const begun: unknown[] = []
  const running = run((isMine) => {
    begun.push([isMine, clock.uptime()])
    return Promise.resolve('done')
  })
  await clock.advance(20_000)
  expect(await running).toBe('done')
  expect(begun).toEqual([[hasLock, ms]])
  expect(askedAt).toEqual(Array.from({ length: requests }, (__, n) => n * 500))
})

describe('what waits for a lock', () => {
  test.each([
    ['granted', 0],
    ['late', 1_000],
    ['refused', 0],
    ['missing', 0],
    ['never', 15_000],
  ] as const)('leaves nothing behind when it is done: %s', async (kind, ms) => {
    const { clock, signals, listeners, held, run } = setUp(kind)
    const { signal } = new AbortController()
    const running = run(() => Promise.resolve('done'), signal)
    expect(listeners.size).toBe(1)
    await clock.advance(ms)
    expect(await running).toBe('done')
    expect([clock.pending, listeners.size, held.count]).toEqual([0, 0, 0])
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
  })

  test.each(['granted', 'never', 'missing'] as const)(
    'does not begin if it was given up before: %s',
    async (kind) => {
      const { clock, askedAt, listeners, run } = setUp(kind)
      let begun = 0
      const running = run(() => Promise.resolve(++begun), AbortSignal.abort())
      await clock.advance(20_000)
      expect(await running).toBeUndefined()
      expect([begun, askedAt.length, listeners.size]).toEqual([0, 0, 0])
    },
  )

  test('is given up at once, and asks no more', async () => {
    const { clock, askedAt, signals, listeners, run } = setUp('never')
    const controller = new AbortController()
    let begun = 0
    const running = run(() => Promise.resolve(++begun), controller.signal)
    await clock.advance(600)
    controller.abort()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
    expect(await running).toBeUndefined()
    await clock.advance(20_000)
    expect([begun, askedAt.length, clock.pending, listeners.size]).toEqual([0, 2, 0, 0])
  })
})

describe('work that has begun under its lock', () => {
  test('goes on when it is given up, and holds the lock until it is done', async () => {
    const { clock, askedAt, held, run } = setUp('granted')
    const controller = new AbortController()
    const work = Promise.withResolvers<string>()
    const running = run(() => work.promise, controller.signal)
    controller.abort()
    await clock.advance(20_000)
    expect([held.count, askedAt.length]).toEqual([1, 1])
    work.resolve('done')
    expect(await running).toBe('done')
    expect(held.count).toBe(0)
  })

  test.each([
    ['left', 0],
    ['hidden', 1],
    ['woke', 1],
    ['online', 1],
  ] as const)(
    'goes on when the page is %s, of which %i locks are held then',
    async (moment, count) => {
      const { clock, held, tell, run } = setUp('granted')
      const work = Promise.withResolvers<string>()
      const running = run(() => work.promise)
      tell(moment)
      await clock.settle()
      expect(held.count).toBe(count)
      work.resolve('done')
      expect(await running).toBe('done')
    },
  )

  test('is not begun again if a request that was given up is granted as well', async () => {
    const { clock, grants, run } = setUp('late')
    let begun = 0
    const running = run(() => Promise.resolve(++begun))
    await clock.advance(1_000)
    expect(await running).toBe(1)
    expect(grants).toHaveLength(3)
    for (const grant of grants) await grant(true)
    expect(begun).toBe(1)
  })

  test.each([
    ['at once', 0],
    ['after the browser has given up the request', 800],
  ])('and fails %s is not begun again', async (_, ms) => {
    const { clock, askedAt, held, run } = setUp('granted')
    const mine = new Error('mine')
    let begun = 0
    const running = run(async () => {
      begun++
      await new Promise<void>((resolve) => clock.schedule(resolve, ms))
      throw mine
    })
    void running.catch(() => undefined)
    await clock.advance(20_000)
    await expect(running).rejects.toBe(mine)
    expect([begun, askedAt.length, held.count]).toEqual([1, 1, 0])
  })
})
