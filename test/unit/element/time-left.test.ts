import { expect, test } from 'vitest'
import { formatTimeLeft, spokenMark } from '../../../src/element/time-left.ts'

test.each([
  [0, 'en', '0 seconds'],
  [1, 'en', '1 second'],
  [59, 'en', '59 seconds'],
  [60, 'en', '60 seconds'],
  [61, 'en', '1 minute 1 second'],
  [120, 'en', '2 minutes 0 seconds'],
  [299, 'en-GB', '4 minutes 59 seconds'],
  [61, 'de', '1 Minute 1 Sekunde'],
  [3, 'pl', '3 sekundy'],
  [30, 'fa', '۳۰ ثانیه'],
  [NaN, 'en', '0 seconds'],
  [Infinity, 'en', '0 seconds'],
  [-5, 'en', '0 seconds'],
  [90.2, 'en', '1 minute 31 seconds'],
  [59.4, 'en', '60 seconds'],
])('formats %f seconds in %s as %s', (seconds, lang, text) => {
  expect(formatTimeLeft(seconds, lang)).toBe(text)
})

test.each(['', 'en_US', 'e', '-', 'de-'])('formats in English if the language is %j', (lang) => {
  expect(formatTimeLeft(90, lang)).toBe('1 minute 30 seconds')
})

test('four marks are announced, each for five seconds, so that a late tick does not miss one', () => {
  const spoken = Array.from({ length: 300 }, (_, seconds) => spokenMark(seconds))
  const heldAt = (mark: number): number[] =>
    spoken.flatMap((each, seconds) => (each === mark ? [seconds] : []))
  expect(heldAt(60)).toEqual([56, 57, 58, 59, 60])
  expect(heldAt(10)).toEqual([6, 7, 8, 9, 10])
  expect(new Set(spoken)).toEqual(new Set([undefined, 10, 20, 30, 60]))
})
