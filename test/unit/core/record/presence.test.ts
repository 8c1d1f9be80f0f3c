import { expect, test } from 'vitest'
import {
  idleForMs,
  lastActiveAt,
  laterOf,
  warnMsOf,
  withPresence,
} from '../../../../src/core/record/presence.ts'
import { sessionMs } from '../../../../src/core/time/moments.ts'
import { BEGAN_AT, sampleRecord } from './sample.ts'

const at = (ms: number) => sessionMs(BEGAN_AT + ms)
const known = { afterMs: 60_000, lastActivityAt: at(10) }

test.each([
  [
    'later activity',
    { afterMs: 60_000, lastActivityAt: at(20) },
    { afterMs: 60_000, lastActivityAt: at(20) },
  ],
  [
    'a shorter limit',
    { afterMs: 30_000, lastActivityAt: at(0) },
    { afterMs: 30_000, lastActivityAt: at(10) },
  ],
])('withPresence takes over %s', (_, idle, expected) => {
  const next = withPresence(sampleRecord({}, { idle: known }), idle)
  expect(next.idle).toEqual(expected)
  expect(next.seenAt).toBe(expected.lastActivityAt)
})

test('withPresence returns the same record when it knows as much', () => {
  const record = sampleRecord({}, { idle: known })
  expect(withPresence(record, { afterMs: 90_000, lastActivityAt: at(5) })).toBe(record)
})

test.each([
  ['no idle timeout', {}, undefined, null],
  ['activity', { idle: known }, at(10), 90],
  ['a later request to stay', { idle: known, extendingAt: at(40) }, at(40), 60],
  [
    'activity that this tab has not seen time come to',
    { idle: { ...known, lastActivityAt: at(200) } },
    at(200),
    0,
  ],
])('when the user was last active: %s', (_, presence, activeAt, idleMs) => {
  expect(lastActiveAt(presence)).toBe(activeAt)
  expect(idleForMs(presence, at(100))).toBe(idleMs)
})

test('withPresence takes over all of it when no tab has had an idle timeout', () => {
  const next = withPresence(sampleRecord(), known)
  expect(next).toEqual({ ...sampleRecord(), idle: known, seenAt: at(10) })
})

test('withPresence moves how far time has come only forward', () => {
  const record = sampleRecord({}, { idle: known, seenAt: at(99) })
  expect(withPresence(record, { ...known, lastActivityAt: at(20) }).seenAt).toBe(at(99))
})

test.each([
  ['as long as the earliest tab says', { warnMs: 300_000 }, 300_000],
  ['a minute, if no tab says more', {}, 60_000],
])('a tab may warn %s before an end', (_, presence, expected) => {
  expect(warnMsOf(presence)).toBe(expected)
})

test.each([
  ['two moments', at(1), at(2), at(2)],
  ['two moments, the other way round', at(2), at(1), at(2)],
  ['the same moment twice', at(1), at(1), at(1)],
  ['one that is known and one that is not', at(1), undefined, at(1)],
  ['one that is not known and one that is', undefined, at(1), at(1)],
  ['two that are not known', undefined, undefined, undefined],
])('the later of %s', (_, a, b, expected) => {
  expect(laterOf(a, b)).toBe(expected)
})
