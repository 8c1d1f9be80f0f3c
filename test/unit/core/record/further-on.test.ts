import { describe, expect, test } from 'vitest'
import {
  completed,
  furtherOn,
  isAhead,
  isPast,
  isSameGeneration,
  isSpent,
  isStepBehind,
} from '../../../../src/core/record/further-on.ts'
import { sessionMs } from '../../../../src/core/time/moments.ts'
import { sampleRecord } from './sample.ts'

const record = sampleRecord()
const later = sessionMs(2_000_000)

test.each([
  ['any record and none', record, null, true],
  ['none and any record', null, record, false],
  ['none and none', null, null, false],
  ['a record and itself', record, record, false],
  ['a later epoch', { ...record, epoch: record.epoch + 1, generation: 0 }, record, true],
  ['an earlier epoch', { ...record, epoch: record.epoch - 1, generation: 9 }, record, false],
  ['a later generation', { ...record, generation: 2 }, record, true],
  ['an earlier generation', { ...record, generation: 0 }, record, false],
] as const)('isAhead: %s', (_, a, b, expected) => {
  expect(isAhead(a, b)).toBe(expected)
})

test.each([
  ['the same', record, true],
  ['with other activity', { ...record, seenAt: later }, true],
  ['renewed since', { ...record, generation: 2 }, false],
  ['of another session', { ...record, session: 'T' }, false],
  ['gone', null, false],
] as const)('isSameGeneration: %s', (_, current, expected) => {
  expect(isSameGeneration(current, record)).toBe(expected)
})

describe('furtherOn', () => {
  const idle = { afterMs: 60_000, lastActivityAt: later }

  test('of two sessions the later one, as it is', () => {
    const next = { ...record, session: 'T', epoch: record.epoch + 1 }
    expect(furtherOn(record, next)).toBe(next)
    expect(furtherOn(next, { ...record, idle })).toBe(next)
  })

  test.each([
    ['activity that only the other one knows of', { idle }, { idle }],
    ['a later request to stay', { extendingAt: later }, { extendingAt: later }],
    ['that it is answered', { answeredAt: later }, { answeredAt: later }],
    ['how far session time has come', { seenAt: later }, { seenAt: later }],
    ['that a tab warns earlier than this one', { warnMs: 120_000 }, { warnMs: 120_000 }],
  ])('takes over from the same session: %s', (_, known, expected) => {
    const next = { ...record, generation: 2 }
    expect(furtherOn(next, { ...record, ...known })).toMatchObject({ generation: 2, ...expected })
    expect(furtherOn({ ...record, ...known }, next)).toMatchObject({ generation: 2, ...expected })
  })

  test.each([
    [300_000, 120_000, 300_000],
    [300_000, undefined, 300_000],
    [undefined, undefined, undefined],
  ])('the longest warning of %s and %s ms, in either order, is %s', (a, b, expected) => {
    expect(furtherOn({ ...record, warnMs: a }, { ...record, warnMs: b }).warnMs).toBe(expected)
    expect(furtherOn({ ...record, warnMs: b }, { ...record, warnMs: a }).warnMs).toBe(expected)
  })

  test('a sign-out that one of two records has told the server already, the other does not tell again', () => {
    const tombstone = { sid: 'sid', everywhere: false }
    const untold = { ...record, tombstone }
    expect(furtherOn(untold, record)).toEqual(record)
    expect(furtherOn(record, untold)).toEqual(record)
    expect(furtherOn(untold, untold).tombstone).toEqual(tombstone)
  })

  test('the same record when there is nothing to add', () => {
    expect(furtherOn(record, { ...record })).toBe(record)
    const full = { ...record, idle, extendingAt: later, answeredAt: later, warnMs: 120_000 }
    expect(furtherOn(full, record)).toBe(full)
  })

  test.each([
    ['one and none', record, null, record],
    ['none and one', null, record, record],
    ['none and none', null, null, null],
  ] as const)('of %s: the one that there is', (_, a, b, expected) => {
    expect(furtherOn(a, b)).toBe(expected)
  })
})

describe('completed', () => {
  const over = {
    ...record,
    session: 'T',
    epoch: record.epoch + 1,
    sealed: undefined,
    tombstone: { sid: 'sid', everywhere: false },
  }

  test.each([
    ['nothing, of nothing', null, [], null],
    ['nothing, of nothing and nothing', null, [null], null],
    [
      'what is ahead of the stored record',
      record,
      [{ ...record, generation: 3 }],
      { generation: 3 },
    ],
    [
      'the furthest of several',
      record,
      [{ ...record, generation: 3 }, null, { ...record, generation: 2 }],
      { generation: 3 },
    ],
    ['what there is, where nothing is stored', null, [over], over],
  ])('%s', (_, stored, others, expected) => {
    const found = completed(stored, others)
    if (expected === null) expect(found).toBeNull()
    else expect(found).toMatchObject(expected)
  })

  test('the very same record of a sign-out when nothing is ahead of it', () => {
    expect(completed(over, [record, over])).toBe(over)
  })

  test('a sign-out that is stored keeps the tokens with which it is told, however much is added to it', () => {
    const stored = { ...over, tombstone: { ...over.tombstone, sealed: 'sealed 0' } }
    const found = completed(stored, [{ ...over, seenAt: later }])
    expect(found).toMatchObject({ seenAt: later, tombstone: { sealed: 'sealed 0' } })
  })

  test('the stored record when nothing is ahead of it', () => {
    expect(completed(record, [null, { ...record, generation: 0 }])).toBe(record)
  })

  test('a sign-out that is not stored yet keeps the tokens with which the server can be told', () => {
    expect(completed(record, [over])?.tombstone).toEqual({ ...over.tombstone, sealed: 'sealed 1' })
  })
})

test.each([
  ['an older refresh token than the record has', 1, 2, true],
  ['the one that the record has', 2, 2, false],
  ['a server that does not count', undefined, 2, false],
  ['a record without a count', 1, null, false],
])('isSpent: %s', (_, sequence, seq, expected) => {
  expect(isSpent({ accessToken: null, sequence }, { ...record, seq })).toBe(expected)
})

test.each([
  [1, 2, true, false],
  [2, 2, false, false],
  [3, 2, false, true],
  [0, 2, false, false],
  [undefined, 2, false, false],
  [1, null, false, false],
])(
  'a cookie of step %s, a record of step %s: one behind %s, past %s',
  (sequence, seq, behind, past) => {
    expect(isStepBehind(sequence, { ...record, seq })).toBe(behind)
    expect(isPast(sequence, { ...record, seq })).toBe(past)
  },
)
