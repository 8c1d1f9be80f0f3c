import { beforeEach, describe, expect, test } from 'vitest'
import { followBoth } from '../../../src/fetch/follow-both.ts'
import { withoutAbortSignalAny } from '../../support/without-abort-signal-any.ts'

// What a caller sees through a session is in `abort.test.ts`, what is left behind in `handed-on.test.ts`.

type Signals = Readonly<Record<'caller' | 'session', AbortController>>

const signals = (): Signals => ({ caller: new AbortController(), session: new AbortController() })
const abort = (both: Signals, ...names: readonly (keyof Signals)[]): void =>
  names.forEach((name) => both[name].abort(name))

/** Sends a request that never ends, and shows its signal. */
function signalFor({ caller, session }: Signals): AbortSignal {
  let seen: AbortSignal | undefined
  void followBoth(caller.signal, session.signal, (signal) => {
    seen = signal
    // As fetch does. Without a listener, Node.js looks only when it is asked which signal has aborted.
    signal.addEventListener('abort', () => undefined)
    return new Promise(() => undefined)
  })
  if (!seen) throw new Error('Not sent')
  return seen
}

describe.each(['with AbortSignal.any', 'without it'])('%s', (which) => {
  beforeEach(() => {
    if (which === 'without it') withoutAbortSignalAny()
  })

  test.each([
    ['the caller before', ['caller'], [], 'caller'],
    ['the session before', ['session'], [], 'session'],
    ['both before, of which the caller counts', ['session', 'caller'], [], 'caller'],
    ['the caller later', [], ['caller'], 'caller'],
    ['the session later', [], ['session'], 'session'],
    ['the caller later, and then the session', [], ['caller', 'session'], 'caller'],
    ['the session later, and then the caller', [], ['session', 'caller'], 'session'],
    ['the session before, and the caller later', ['session'], ['caller'], 'session'],
  ] as const)('a request is aborted by %s', (_, before, later, reason) => {
    const both = signals()
    abort(both, ...before)
    const signal = signalFor(both)
    expect(signal.aborted).toBe(before.length > 0)
    abort(both, ...later)
    expect(signal.reason).toBe(reason)
  })

  test('a request that fails fails in its own words', async () => {
    const { caller, session } = signals()
    const error = new TypeError('offline')
    const failing = followBoth(caller.signal, session.signal, () => Promise.reject(error))
    await expect(failing).rejects.toBe(error)
  })

  test.each([
    ['of several chunks', ['one', 'two'], 'onetwo'],
    ['of an empty body', [], ''],
  ])('an answer %s arrives as it was sent', async (_, chunks, text) => {
    const { caller, session } = signals()
    const headers = { 'x-own': 'mine' }
    const init = { status: 404, statusText: 'Gone', headers }
    const answer = await followBoth(caller.signal, session.signal, () =>
      Promise.resolve(new Response(streamOf(chunks), init)),
    )
    expect([answer.status, answer.statusText, answer.headers.get('x-own')]).toEqual([
      404,
      'Gone',
      'mine',
    ])
    expect(await answer.text()).toBe(text)
  })

  test('an answer without a body is the very object that fetch gave', async () => {
    const { caller, session } = signals()
    const answer = new Response(null, { status: 204 })
    expect(await followBoth(caller.signal, session.signal, () => Promise.resolve(answer))).toBe(
      answer,
    )
  })

  test('a caller that needs no more of an answer cancels it at its source, and says why', async () => {
    const { caller, session } = signals()
    const cancelled: unknown[] = []
    const body = new ReadableStream({ cancel: (reason) => void cancelled.push(reason) })
    const answer = await followBoth(caller.signal, session.signal, () =>
      Promise.resolve(new Response(body)),
    )
    await answer.body?.cancel('enough')
    expect(cancelled).toEqual(['enough'])
  })
})

function streamOf(chunks: readonly string[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })
}
