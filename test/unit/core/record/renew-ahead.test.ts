import { expect, test } from 'vitest'
import {
  isInUse,
  isRefreshFixed,
  limitDueAt,
  renewsAhead,
} from '../../../../src/core/record/renew-ahead.ts'
import { sessionMs } from '../../../../src/core/time/moments.ts'
import { BEGAN_AT, sampleRecord } from './sample.ts'

const idleSince = (ms: number) => ({
  idle: { afterMs: 900_000, lastActivityAt: sessionMs(BEGAN_AT + ms) },
})

test.each([
  ['no tab has an idle timeout', sampleRecord(), true],
  ['the user was active since', sampleRecord({}, idleSince(1)), true],
  ['the user was not active since', sampleRecord({}, idleSince(0)), false],
  [
    'the user has asked to stay since',
    sampleRecord({}, { ...idleSince(0), extendingAt: sessionMs(BEGAN_AT + 1) }),
    true,
  ],
])('tokens are in use when %s: %s', (_, record, expected) => {
  expect(isInUse(record)).toBe(expected)
})

test.each([
  ['a visible page', sampleRecord(), true, false, true],
  ['a hidden page', sampleRecord(), false, false, false],
  ['a user who is away', sampleRecord({}, idleSince(0)), true, false, false],
  ['a refused session', sampleRecord({}, { rejected: true }), true, false, false],
  ['a session that is over', sampleRecord({}, { status: 'logged-out' }), true, false, false],
  ['one of a newer version', sampleRecord({}, { v: 2 }), true, false, false],
  ['one that may be there', sampleRecord({}, { status: 'unknown' }), true, false, true],
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

const LIMIT_MS = 3_600_000
const known = sampleRecord({ refreshExpiresInMs: LIMIT_MS })
const judged = (isFixed?: boolean) => ({
  ...known,
  limits: { ...known.limits, isRefreshFixed: isFixed },
})
// Version 0.1.0 did not write when tokens were requested, and this token does not say how long it lives.
const untimed = {
  ...judged(true),
  lifetimeMs: null,
  limits: { ...judged(true).limits, since: undefined },
}

test.each([
  ['that stays where it was', known, 10_000, 0, true],
  ['that moves as far as time went on', known, 10_000, 10_000, false],
  ['that moves by less than half of the time', known, 10_000, 4_999, true],
  ['that moves by half of the time', known, 10_000, 5_000, false],
  ['that moves by less than a slow request takes', known, 600_000, 14_999, true],
  ['that moves by as much as a slow request takes', known, 600_000, 15_000, false],
  ['that comes nearer', known, 10_000, -5_000, true],
  ['found to be fixed before, and moved now', judged(true), 10_000, 10_000, false],
  ['found to move before, and not moved now', judged(false), 10_000, 0, true],
  ['that stays for less than four seconds, not judged before', known, 3_999, 0, undefined],
  ['that stays for less than four seconds, and moved before', judged(false), 3_999, 0, false],
  ['that stays for four seconds, and moved before', judged(false), 4_000, 0, true],
  [
    'that moves within less than four seconds, and was fixed before',
    judged(true),
    3_999,
    3_999,
    true,
  ],
  ['of tokens requested at a moment that no record tells', untimed, 600_000, 600_000, true],
  ['named for the first time', sampleRecord(), 600_000, 600_000, undefined],
])('a refresh limit %s', (_, record, elapsedMs, movedMs, expected) => {
  const refresh = sessionMs(BEGAN_AT + LIMIT_MS + movedMs)
  expect(isRefreshFixed(record, refresh, sessionMs(BEGAN_AT + elapsedMs))).toBe(expected)
})

test('a refresh limit that the server names no more is neither fixed nor moved', () => {
  expect(isRefreshFixed(judged(true), null, sessionMs(BEGAN_AT + 600_000))).toBeUndefined()
})
