import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { abortable } from '../../../../src/core/time/abortable.ts'

const FAILURE = new Error('no answer')
const never = (): Promise<string> => new Promise(() => undefined)
const outcomeOf = async (work: Promise<string>): Promise<unknown> =>
  (await Promise.allSettled([work]))[0]

const DONE = { status: 'fulfilled', value: 'done' }
const FAILED = { status: 'rejected', reason: FAILURE }

test.each([
  ['work that succeeds, without a signal', () => Promise.resolve('done'), undefined, DONE],
  ['work that succeeds, with null as signal', () => Promise.resolve('done'), null, DONE],
  ['work that fails, without a signal', () => Promise.reject(FAILURE), undefined, FAILED],
  [
    'work that succeeds before its signal aborts',
    () => Promise.resolve('done'),
    new AbortController().signal,
    DONE,
  ],
  [
    'work that fails before its signal aborts',
    () => Promise.reject(FAILURE),
    new AbortController().signal,
    FAILED,
  ],
  ['work whose signal has aborted before', never, AbortSignal.abort(FAILURE), FAILED],
  [
    'work whose signal has aborted with a text',
    never,
    AbortSignal.abort('left the page'),
    { status: 'rejected', reason: 'left the page' },
  ],
  [
    'work whose signal has aborted without a reason',
    never,
    AbortSignal.abort(),
    { status: 'rejected', reason: expect.objectContaining({ name: 'AbortError' }) as unknown },
  ],
] as const)('the outcome of %s', async (_, start, signal, expected) => {
  expect(await outcomeOf(abortable(start(), signal))).toEqual(expected)
})

test('work that is under way is not waited for once its signal aborts, and goes on', async () => {
  const work = Promise.withResolvers<string>()
  const controller = new AbortController()
  const waiting = abortable(work.promise, controller.signal)
  controller.abort(FAILURE)
  await expect(waiting).rejects.toBe(FAILURE)
  work.resolve('done')
  expect(await work.promise).toBe('done')
})

test('an abort after the work was done changes nothing', async () => {
  const controller = new AbortController()
  const waiting = abortable(Promise.resolve('done'), controller.signal)
  await waiting
  controller.abort(FAILURE)
  expect(await waiting).toBe('done')
})

test.each([
  ['succeeded', () => Promise.resolve('done')],
  ['failed', () => Promise.reject(FAILURE)],
])('no listener is left on a signal that lives on after work that %s', async (_, start) => {
  const { signal } = new AbortController()
  for (let call = 0; call < 3; call++) await outcomeOf(abortable(start(), signal))
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('no listener is left on a signal that has aborted', async () => {
  const controller = new AbortController()
  const waiting = outcomeOf(abortable(never(), controller.signal))
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
  controller.abort()
  await waiting
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
})
