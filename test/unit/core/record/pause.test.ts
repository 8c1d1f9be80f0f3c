import { expect, test } from 'vitest'
import {
  CAP_MS,
  doubted,
  isBelieved,
  isPostponed,
  isRefused,
  pauseAfter,
  UNHURRIED,
} from '../../../../src/core/record/pause.ts'
import { wallMs } from '../../../../src/core/time/moments.ts'

const NOW = wallMs(1_000_000)

test.each([
  ['the first failure', undefined, 0, undefined, 1, 200],
  ['the first failure, by the longest jitter', undefined, 1, undefined, 1, 400],
  ['the third failure', 2, 0, undefined, 3, 200],
  ['the fifth failure', 4, 0, undefined, 5, 800],
  ['the first failure of what nobody waits for', UNHURRIED.failures, 1, undefined, 4, 800],
  ['many failures', 30, 1, undefined, 31, CAP_MS],
  ['a server that asks for a pause', 2, 1, 30_000, 0, 30_000],
  ['a server that asks for more than an hour', 2, 1, 86_400_000, 0, 3_600_000],
  ['a server that asks for no pause', 2, 0, 0, 3, 200],
])('the pause after %s', (_, before, chance, retryAfterMs, failures, ms) => {
  expect(pauseAfter({ failures: before }, NOW, chance, retryAfterMs)).toEqual({
    failures,
    pausedAt: NOW,
    retryAt: NOW + ms,
  })
})

test.each([
  ['before it', -1, false],
  ['at its start', 0, true],
  ['just before its end', 999, true],
  ['at its end', 1_000, false],
])('a pause applies %s: %s', (_, ms, expected) => {
  const pause = { failures: 1, pausedAt: NOW, retryAt: wallMs(NOW + 1_000) }
  expect(isPostponed(pause, wallMs(NOW + ms))).toBe(expected)
})

test('without a pause nothing is postponed', () => {
  expect(isPostponed({}, NOW)).toBe(false)
})

test.each([
  ['a pause without a beginning', { retryAt: wallMs(NOW + 1) }, true],
  ['a pause without an end', { pausedAt: NOW }, false],
  [
    'a pause from before the clock was set back',
    { pausedAt: wallMs(NOW + 1), retryAt: wallMs(NOW + 1_000) },
    false,
  ],
])('%s applies: %s', (_, pause, expected) => {
  expect(isPostponed(pause, NOW)).toBe(expected)
})

const before = { times: 2, since: wallMs(NOW - 30_000) }
const FIRST = { times: 1, since: NOW }

test.each([
  ['the first answer that may be a refusal', {}, FIRST],
  ['the first one after other failures', { failures: 4 }, FIRST],
  [
    'the next one: counted from the first',
    { failures: 2, doubts: before },
    { times: 3, since: before.since },
  ],
  [
    'the next one, at the moment of the first',
    { failures: 1, doubts: FIRST },
    { times: 2, since: NOW },
  ],
  [
    'the first one after a renewal by version 0.1.0, which leaves the doubts',
    { doubts: before },
    FIRST,
  ],
  ['the first one after a pause that the server asked for', { failures: 0, doubts: before }, FIRST],
  [
    'the first one after the clock was set back',
    { failures: 2, doubts: { times: 2, since: wallMs(NOW + 1) } },
    FIRST,
  ],
])('the doubts after %s', (_, paused, expected) => {
  expect(doubted(paused, NOW)).toEqual(expected)
})

test.each([
  ['three times within a minute and more', 3, 60_000, true],
  ['three times within less than a minute', 3, 59_999, false],
  ['twice within an hour', 2, 3_600_000, false],
  ['ten times within an hour', 10, 3_600_000, true],
])('a server that has refused %s is believed', (_, times, agoMs, expected) => {
  const doubts = { times, since: wallMs(NOW - agoMs) }
  expect(isBelieved(doubts, NOW)).toBe(expected)
  expect(isRefused({ failures: 1, doubts, pausedAt: NOW })).toBe(expected)
})

const REFUSED = { failures: 3, pausedAt: NOW, doubts: { times: 3, since: wallMs(NOW - 60_000) } }

test.each([
  ['was renewed by version 0.1.0, which leaves the doubts', { failures: undefined }],
  ['was paused by the server since', { failures: 0 }],
  ['was never refused in words of the server’s own', { doubts: undefined }],
  ['does not say when the last refusal came', { pausedAt: undefined }],
])('a record that %s is not of a session that was refused', (_, changes) => {
  expect(isRefused(REFUSED)).toBe(true)
  expect(isRefused({ ...REFUSED, ...changes })).toBe(false)
})
