// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { IdleFeature, IdleTimeoutOptions } from '../../src/idle-timeout.ts'
import {
  createSession,
  cookieTransport,
  expiryWarnings,
  idleTimeout,
  mediaPlayback,
  uploads,
} from '../../src/index.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test.each([
  [undefined, '"afterMs" option must be milliseconds, such as 15 * 60_000; it is undefined'],
  [{}, '"afterMs" option'],
  [{ afterMs: '15m' }, 'it is string'],
  [{ afterMs: 0 }, 'it is 0'],
  [{ afterMs: Infinity }, 'it is Infinity'],
  [{ afterMs: NaN }, 'it is NaN'],
  [{ afterMs: 60_000, dismissOn: 'click' }, `"dismissOn" option must be 'extend' or 'activity'`],
  [{ afterMs: 60_000, sources: mediaPlayback }, '"sources" option must be a list of functions'],
  [{ afterMs: 60_000, sources: [null] }, 'it is a list'],
])('%j is refused, and the error names what is wrong', (options, message) => {
  const misuse = (): unknown => idleTimeout(options as never)
  expect(misuse).toThrow(TypeError)
  expect(misuse).toThrow(message)
})

test.each([
  [{ idle: 900_000 }, '"idle" option must be idleTimeout({ afterMs }); it is 900000'],
  [{ idle: null }, 'it is null'],
  [
    { idle: idleTimeout({ afterMs: 60_000 }) },
    '"idle.afterMs" option must be longer than warnMs (60000)',
  ],
  [
    { idle: idleTimeout({ afterMs: 90_000 }), warnings: expiryWarnings({ warnMs: 90_000 }) },
    '"idle.afterMs" option must be longer than warnMs (90000)',
  ],
  [{ warnings: idleTimeout({ afterMs: 90_000 }) }, '"warnings" option must be expiryWarnings()'],
  [{ warnings: { warnMs: 60_000 } }, '"warnings" option must be expiryWarnings(); it is object'],
])('a session with %j is refused', (options, message) => {
  const transport = cookieTransport('/auth')
  expect(() => createSession({ transport, ...(options as object) })).toThrow(message)
})

test.each([
  [19_999, '"warnMs" option must be milliseconds, 20_000 or more (WCAG 2.2.1); it is 19999'],
  ['60s', 'it is string'],
  [null, 'it is null'],
])('warnings %j ms before the end are refused', (warnMs, message) => {
  expect(() => expiryWarnings({ warnMs: warnMs as number })).toThrow(TypeError)
  expect(() => expiryWarnings({ warnMs: warnMs as number })).toThrow(message)
})

test('events that script dispatches are no input', () => {
  const report = vi.fn()
  const stop = watch(report)
  for (const type of ['keydown', 'pointerdown', 'pointermove', 'wheel'])
    document.body.dispatchEvent(new Event(type, { bubbles: true }))
  expect(report).not.toHaveBeenCalled()
  stop()
})

describe('input', () => {
  /** A trusted event, which otherwise only the browser can dispatch. */
  function input(type: string, init: object = {}): void {
    const event = new Event(type, { bubbles: true })
    document.body.dispatchEvent(Object.defineProperties(event, trusted(init)))
  }

  function trusted(init: object): PropertyDescriptorMap {
    const entries = Object.entries({ isTrusted: true, ...init })
    return Object.fromEntries(entries.map(([name, value]) => [name, { value } as const]))
  }

  test.each(['keydown', 'pointerdown', 'touchstart', 'wheel'])(
    '%s is reported each time',
    (type) => {
      const report = vi.fn()
      const stop = watch(report)
      for (let n = 0; n < 3; n++) input(type)
      expect(report).toHaveBeenCalledTimes(3)
      stop()
      input(type)
      expect(report).toHaveBeenCalledTimes(3)
    },
  )

  test.each(['pointermove', 'touchmove'])('%s is reported once a second', (type) => {
    const report = vi.fn()
    const stop = watch(report)
    for (let moves = 0; moves < 300; moves++) {
      input(type, { movementX: 1, movementY: 0 })
      vi.advanceTimersByTime(10)
    }
    expect(report).toHaveBeenCalledTimes(3)
    input('keydown')
    expect(report).toHaveBeenCalledTimes(4)
    stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a pointer at rest under a scrolling page is not reported, and the next movement is', () => {
    const report = vi.fn()
    const stop = watch(report)
    input('pointermove', { movementX: 0, movementY: 0 })
    expect(report).not.toHaveBeenCalled()
    input('pointermove', { movementX: 0, movementY: -1 })
    expect(report).toHaveBeenCalledOnce()
    stop()
  })
})

test('the application’s own sources are started and stopped with it', () => {
  const stopped = vi.fn()
  const report = vi.fn()
  const source = vi.fn((tell: () => void) => {
    tell()
    return stopped
  })
  const stop = watch(report, [source])
  expect(report).toHaveBeenCalledOnce()
  stop()
  expect(stopped).toHaveBeenCalledOnce()
})

describe('uploads', () => {
  test('count as activity until they settle, and pass on the result', async () => {
    const sending = uploads()
    const report = vi.fn()
    const stop = sending(report)
    const { promise, resolve } = Promise.withResolvers<string>()
    const tracked = sending.track(promise)
    expect(report).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(report.mock.calls.length).toBeGreaterThan(10)
    resolve('sent')
    expect(await tracked).toBe('sent')
    const { length } = report.mock.calls
    await vi.advanceTimersByTimeAsync(60_000)
    expect(report).toHaveBeenCalledTimes(length)
    stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('pass on a rejection', async () => {
    const sending = uploads()
    await expect(sending.track(Promise.reject(new Error('offline')))).rejects.toThrow('offline')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('count for atMostMs if they never settle', async () => {
    const sending = uploads({ atMostMs: 30_000 })
    const report = vi.fn()
    sending(report)
    void sending.track(new Promise(() => undefined))
    await vi.advanceTimersByTimeAsync(120_000)
    expect(report.mock.calls.length).toBeLessThanOrEqual(8)
    expect(vi.getTimerCount()).toBe(0)
  })

  test.each([0, -1, NaN, '1h'])('refuse %j as atMostMs', (atMostMs) => {
    expect(() => uploads({ atMostMs: atMostMs as number })).toThrow(/"atMostMs" option must be/)
  })
})

function watch(report: () => void, sources: IdleTimeoutOptions['sources'] = []): () => void {
  const idle = idleTimeout({ afterMs: 90_000, sources }) as IdleFeature
  return idle.watch(report)
}
