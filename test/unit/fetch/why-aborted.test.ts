import { expect, test } from 'vitest'
import { whyAborted } from '../../../src/fetch/why-aborted.ts'

const alive = (): AbortSignal => new AbortController().signal
const SESSION = AbortSignal.abort('the session ended')
const CALLER = AbortSignal.abort('the caller gave up')
const ERROR = new DOMException('Fetch is aborted', 'AbortError')

test.each([
  ['neither has aborted', alive(), alive(), ERROR],
  ['the session lives on and the caller has no signal', alive(), undefined, ERROR],
  ['the session has ended', SESSION, alive(), 'the session ended'],
  ['the session has ended and the caller has no signal', SESSION, undefined, 'the session ended'],
  ['the session has ended and `signal: null` was given', SESSION, null, 'the session ended'],
  ['the caller has aborted', alive(), CALLER, ERROR],
  ['both have aborted', SESSION, CALLER, ERROR],
])('a request that failed while %s', (_, session, caller, expected) => {
  let thrown: unknown
  try {
    whyAborted(session, caller)(ERROR)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBe(expected)
})

test('a session that ends after the call was made is the reason', () => {
  const session = new AbortController()
  const fail = whyAborted(session.signal, undefined)
  session.abort(new Error('ended'))
  expect(() => fail(ERROR)).toThrow('ended')
})
