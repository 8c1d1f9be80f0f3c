import { expect, test } from 'vitest'
import { plus, sessionMs, wallMs } from '../../../../src/core/time/moments.ts'

const NOW = 1_700_000_000_000

test.each([
  ['the system clock', wallMs],
  ['session time', sessionMs],
])('a moment by %s is the number that it was read from', (_, read) => {
  for (const epochMs of [NOW, 0, -1, 0.5, Infinity]) expect(read(epochMs)).toBe(epochMs)
})

test.each([
  ['later', 600_000, NOW + 600_000],
  ['earlier', -600_000, NOW - 600_000],
  ['the same', 0, NOW],
  ['never', Infinity, Infinity],
])('by either clock, a moment plus so many milliseconds is %s', (_, ms, expected) => {
  expect(plus(wallMs(NOW), ms)).toBe(expected)
  expect(plus(sessionMs(NOW), ms)).toBe(expected)
})
