import { expect, test } from 'vitest'
import { isInUse, limitDueAt, renewsAhead } from '../../../../src/core/record/renew-ahead.ts'
import { sessionMs } from '../../../../src/core/time/moments.ts'
import { BEGAN_AT, sampleRecord } from './sample.ts'

const idleSince = (ms: number) => ({
  idle: { afterMs: 900_000, lastActivityAt: sessionMs(BEGAN_AT + ms) },
})

test.each([
  ['no tab has an idle timeout', sampleRecord(), true],
  ['the user was active since', sampleRecord({}, idleSince(1)), true],
  ['the user was not active since', sampleRecord({}, idleSince(0)), false],
])('tokens are in use when %s: %s', (_, record, expected) => {
  expect(isInUse(record)).toBe(expected)
})

test.each([
  ['a visible page', sampleRecord(), true, false, true],
  ['a hidden page', sampleRecord(), false, false, false],
  ['a user who is away', sampleRecord({}, idleSince(0)), true, false, false],
  ['a refused session', sampleRecord({}, { rejected: true }), true, false, false],
  ['a session that is over', sampleRecord({}, { status: 'logged-out' }), true, false, false],
  ['a session that requests renew', sampleRecord(), true, true, false],
  [
    'a session that requests renew, with an active user',
    sampleRecord({}, idleSince(1)),
    true,
    true,
    true,
  ],
])('renews ahead: %s', (_, record, isVisible, slides, expected) => {
  expect(renewsAhead(record, isVisible, slides)).toBe(expected)
})

test.each([
  ['no refresh limit', sampleRecord(), Infinity],
  [
    'a long one: two warning periods before its end',
    sampleRecord({ refreshExpiresInMs: 3_600_000 }),
    BEGAN_AT + 3_480_000,
  ],
  [
    'a long one, where a tab warns earlier than a minute before an end',
    sampleRecord({ refreshExpiresInMs: 3_600_000 }, { warnMs: 300_000 }),
    BEGAN_AT + 3_000_000,
  ],
  [
    'a short one: half way through its life',
    sampleRecord({ refreshExpiresInMs: 100_000 }),
    BEGAN_AT + 50_000,
  ],
  [
    'a token that does not say how long it lives',
    sampleRecord({ refreshExpiresInMs: 100_000, expiresInMs: undefined }),
    BEGAN_AT + 50_000,
  ],
  [
    'the same, in a record of 0.1.0, which does not say when it was requested',
    sampleRecord(
      { expiresInMs: undefined },
      { limits: { session: null, refresh: sessionMs(BEGAN_AT + 100_000) } },
    ),
    Infinity,
  ],
])('when a refresh limit is due: %s', (_, record, dueAt) => {
  expect(limitDueAt(record)).toBe(dueAt)
})

test('a limit that renewing does not move is never due', () => {
  const record = sampleRecord({ refreshExpiresInMs: 3_600_000 })
  const limits = { ...record.limits, isRefreshFixed: true }
  expect(limitDueAt({ ...record, limits })).toBe(Infinity)
})
