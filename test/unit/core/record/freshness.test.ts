import { expect, test } from 'vitest'
import { freshness, scheduleOf } from '../../../../src/core/record/freshness.ts'
import { sessionMs } from '../../../../src/core/time/moments.ts'

const EXPIRES_AT = sessionMs(10_000_000)
const LEAD_MS = 60_000

test.each([
  ['ten minutes', 600_000, 0.5, undefined, 60_000, 5_000],
  ['ten minutes, by the shortest jitter', 600_000, 0, undefined, 54_000, 5_000],
  ['ten minutes, by the longest jitter', 600_000, 1, undefined, 66_000, 5_000],
  ['one minute: a fifth of its life', 60_000, 0.5, undefined, 12_000, 5_000],
  ['ten seconds: a leeway of half the lead', 10_000, 0.5, undefined, 2_000, 1_000],
  ['a day, renewed each hour', 86_400_000, 0.5, 3_600_000, 82_800_000, 5_000],
  ['a day, renewed each hour, by the shortest jitter', 86_400_000, 0, 3_600_000, 83_160_000, 5_000],
  ['a day, renewed each hour, by the longest jitter', 86_400_000, 1, 3_600_000, 82_440_000, 5_000],
  ['ten minutes, renewed each hour', 600_000, 0.5, 3_600_000, 60_000, 5_000],
  ['fifty seconds: a leeway of five', 50_000, 0.5, undefined, 10_000, 5_000],
  ['no time at all', 0, 0.5, undefined, 0, 0],
])('a token of %s', (_, lifetimeMs, chance, renewInMs, leadMs, leewayMs) => {
  const schedule = scheduleOf(EXPIRES_AT, lifetimeMs, LEAD_MS, chance, renewInMs)
  expect(EXPIRES_AT - schedule.renewAt).toBeCloseTo(leadMs)
  expect(EXPIRES_AT - schedule.expiresAt).toBeCloseTo(leewayMs)
})

test.each([
  [null, 600_000],
  [EXPIRES_AT, null],
])('a token that does not say when it expires (%s, %s) stays fresh', (expiresAt, lifetimeMs) => {
  const schedule = scheduleOf(expiresAt, lifetimeMs, LEAD_MS, 0.5)
  expect(freshness(schedule, sessionMs(Number.MAX_SAFE_INTEGER))).toBe('fresh')
})

test.each([
  [-60_001, 'fresh'],
  [-60_000, 'aging'],
  [-5_001, 'aging'],
  [-5_000, 'expired'],
  [0, 'expired'],
] as const)('%i ms before its expiry a token is %s', (ms, expected) => {
  const schedule = scheduleOf(EXPIRES_AT, 600_000, LEAD_MS, 0.5)
  expect(freshness(schedule, sessionMs(EXPIRES_AT + ms))).toBe(expected)
})
