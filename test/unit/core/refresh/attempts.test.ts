import { expect, test } from 'vitest'
import { createAttempts } from '../../../../src/core/refresh/attempts.ts'
import { wallMs } from '../../../../src/core/time/moments.ts'
import { SessionError } from '../../../../src/errors.ts'
import { memoryStorage } from '../../../../src/storage/memory-storage.ts'
import { plainStorage } from '../../../support/profile.ts'
import { sampleRecord } from '../record/sample.ts'

// "Cookie": the refresh token is in a cookie that script cannot read. "Body": script has it, in the record.
const cookie = { storage: memoryStorage() }
const body = { storage: plainStorage }
const numbered = sampleRecord({}, { seq: 1 })
const unnumbered = sampleRecord({}, { seq: null })

test.each([
  ['may be repeated at a server that numbers its refresh tokens', undefined, numbered, true],
  ['must not be repeated at a server that numbers none', undefined, unnumbered, false],
  ['may be repeated if the transport says so, numbers or not', true, unnumbered, true],
  ['must not be repeated if the transport says so, numbers or not', false, numbered, false],
])('a refresh %s', (_, idempotent, record, expected) => {
  expect(createAttempts({ ...cookie, idempotent }).mayRepeat(record)).toBe(expected)
})

const unread = new SessionError('invalid_response', 'No JSON')
const cutOff = new TypeError('Failed to fetch')
const unconfirmed = { ...unnumbered, status: 'unknown' as const }

test.each([
  ['holds if no answer came', cookie, unnumbered, { cause: cutOff }, true],
  ['holds if the wait for an answer ended', cookie, unnumbered, {}, true],
  ['is over after an answer that cannot be read', cookie, unnumbered, { cause: unread }, false],
  ['is over after an answer with a status', cookie, unnumbered, { status: 503 }, false],
  ['is over where a body would bring the token', body, unnumbered, { cause: cutOff }, false],
  ['is over where the request may be repeated', cookie, numbered, { cause: cutOff }, false],
  ['is over where no user is known yet', cookie, unconfirmed, { cause: cutOff }, false],
])('the claim of a refresh that has failed %s', (_, transport, record, failure, expected) => {
  expect(createAttempts(transport).mayArrive(record, failure)).toBe(expected)
})

test.each([
  ['must not be repeated is waited for half a minute under the lock', unnumbered, true, 30_000],
  ['must not be repeated is waited for ten seconds without a lock', unnumbered, false, 10_000],
  ['may be repeated is waited for ten seconds under the lock', numbered, true, 10_000],
  ['may be repeated is waited for ten seconds without a lock', numbered, false, 10_000],
])('the answer to a refresh that %s', (_, record, hasLock, ms) => {
  expect(createAttempts(cookie).waitMs(record, hasLock)).toBe(ms)
})

const attempt = { by: 'another tab', startedAt: wallMs(0) }
/** A claim that names its wait, in a session with quick answers: neither counts where the other does. */
const known = { ...unnumbered, attempt: { ...attempt, waitMs: 30_000 }, answerMs: 100 }
const knownOfNoUser = { ...known, status: 'unknown' as const }

test.each([
  ['as long as that tab waits, and five seconds', cookie, known, 35_000],
  ['the same for a token in a body', body, known, 35_000],
  ['as version 0.1.0 waited, which named no wait', cookie, { ...unnumbered, attempt }, 15_000],
  ['the same if the record names no claim', cookie, unnumbered, 15_000],
])('without a lock the claim of another tab holds %s', (_, transport, record, ms) => {
  expect(createAttempts(transport).claimMs(record, false)).toBe(ms)
})

test.each([
  ['ten seconds before the first answer', cookie, unnumbered, 10_000],
  ['six seconds where no user is known yet', cookie, unconfirmed, 6_000],
  ['three seconds more than twice an answer of 100 ms', cookie, known, 3_200],
  ['three seconds more than twice an answer of 3 s', cookie, { ...known, answerMs: 3_000 }, 9_000],
  ['ten seconds after an answer of 5 s', cookie, { ...known, answerMs: 5_000 }, 10_000],
  ['ten seconds after an answer of 7 s', cookie, { ...known, answerMs: 7_000 }, 10_000],
  ['three seconds more than an answer of 25 s', cookie, { ...known, answerMs: 25_000 }, 28_000],
  ['as long after an answer where no user is known', cookie, knownOfNoUser, 3_200],
  ['ten seconds for a token in a body', body, known, 10_000],
  ['ten seconds for a token in a body where no user is known yet', body, unconfirmed, 10_000],
])('under the lock the claim of a tab that has gone holds %s', (_, transport, record, ms) => {
  expect(createAttempts(transport).claimMs(record, true)).toBe(ms)
})

test('the claim of a tab that has gone holds ten seconds if a script has made the longest answer a text', () => {
  const record = { ...unnumbered, answerMs: '100' as unknown as number }
  expect(createAttempts(cookie).claimMs(record, true)).toBe(10_000)
})
