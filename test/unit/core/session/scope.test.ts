import { expect, test } from 'vitest'
import { createScope, sessionOver } from '../../../../src/core/session/scope.ts'
import { sessionMs } from '../../../../src/core/time/moments.ts'
import { sampleRecord } from '../record/sample.ts'

const record = sampleRecord()
const end = {
  reason: 'idle',
  by: 'tab 1',
  at: sessionMs(2_000_000),
  lastActivityAt: null,
  subject: 'alice',
} as const

test.each([
  ['no session is stored', null, 'session_ended', null],
  ['no user is signed in', { ...record, status: 'logged-out' }, 'session_ended', null],
  ['it ended for a reason', { ...record, status: 'logged-out', end }, 'session_ended', 'idle'],
  ['another session has begun', record, 'session_changed', null],
  [
    'another session may have begun, and the last end is still to be told',
    { ...record, status: 'unknown', end },
    'session_changed',
    null,
  ],
] as const)('the error of a request whose session is over, where %s', (_, now, code, reason) => {
  expect(sessionOver(now)).toMatchObject({ name: 'SessionError', code, reason })
})

test('the end of a session aborts its signal with that error, and the next session has a signal of its own', () => {
  const scope = createScope()
  const first = scope.signal
  expect(first.aborted).toBe(false)
  scope.end(record)
  expect(first.reason).toMatchObject({ code: 'session_changed' })
  const second = scope.signal
  expect(second.aborted).toBe(false)
  scope.end(null)
  expect(second.reason).toMatchObject({ code: 'session_ended' })
  expect(first.reason).toMatchObject({ code: 'session_changed' })
})

test('a listener to the end of a session finds the signal of the next one', () => {
  const scope = createScope()
  const found: boolean[] = []
  scope.signal.addEventListener('abort', () => found.push(scope.signal.aborted))
  scope.end(null)
  expect(found).toEqual([false])
})
