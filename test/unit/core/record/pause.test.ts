import { expect, test } from 'vitest'
import { CAP_MS, isPostponed, pauseAfter, UNHURRIED } from '../../../../src/core/record/pause.ts'
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
