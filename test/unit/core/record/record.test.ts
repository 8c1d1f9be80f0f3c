import { expect, test } from 'vitest'
import { inSession, requestedAt, withoutTokens } from '../../../../src/core/record/record.ts'
import { parseRecord } from '../../../../src/core/record/parse-record.ts'
import { sessionMs, wallMs } from '../../../../src/core/time/moments.ts'
import { BEGAN_AT, sampleRecord } from './sample.ts'

const almost = sampleRecord()

test.each([
  undefined,
  null,
  0,
  'nonsense',
  [],
  { v: 1 },
  { session: 's', epoch: 'x' },
  { ...almost, epoch: null },
  { ...almost, generation: '1' },
  { ...almost, session: 1 },
  { ...almost, limits: null },
  { ...almost, limits: undefined },
  { ...almost, epoch: 2 ** 53 },
  { ...almost, status: 'elsewhere' },
  { ...almost, seenAt: NaN },
])('%j is not a record', (value) => {
  expect(parseRecord(value)).toBeNull()
})

test('a record is taken as it is', () => {
  expect(parseRecord(almost)).toBe(almost)
})

test.each([2, '2'])('a record of a newer version (%j) is read if it has this layout', (v) => {
  const newer = { ...sampleRecord(), v }
  expect(parseRecord(newer)).toBe(newer)
})

test('of a newer version in another layout only the session is read, and nobody is signed in', () => {
  const newer = {
    v: 2,
    session: 's',
    epoch: 1,
    generation: 1,
    limits: [],
    idle: 'never',
    sealed: 'x',
  }
  expect(parseRecord(newer)).toMatchObject({
    v: 2,
    session: 's',
    epoch: 1,
    generation: 1,
    status: 'logged-out',
    limits: { session: null, refresh: null },
    idle: undefined,
    sealed: undefined,
  })
  expect(parseRecord({ ...newer, session: undefined })).toBeNull()
})

test.each([
  ['is noted in session time', sampleRecord(), BEGAN_AT],
  [
    'is computed from the expiry in a record of version 0.1.0',
    sampleRecord(
      {},
      { limits: { session: null, refresh: null }, accessExpiresAt: wallMs(5_600_000) },
    ),
    5_000_000,
  ],
] as const)('when the tokens were requested %s', (_, record, expected) => {
  expect(requestedAt(record)).toBe(expected)
})

test('the mirror gets no tokens, neither those of the session nor those of a sign-out', () => {
  const record = sampleRecord(
    {},
    { tombstone: { sid: 'sid', everywhere: false, sealed: 'secret' } },
  )
  expect(withoutTokens(record)).toEqual({
    ...record,
    sealed: undefined,
    tombstone: { sid: 'sid', everywhere: false, sealed: undefined },
  })
})

test('a change of one session is not made in another, nor written if it changes nothing', () => {
  const record = sampleRecord()
  const change = inSession('S', (current) => ({ ...current, extendingAt: sessionMs(1) }))
  expect(change(record)).toMatchObject({ extendingAt: 1 })
  expect(change({ ...record, session: 'T' })).toBeUndefined()
  expect(change(null)).toBeUndefined()
  expect(inSession('S', (current) => current)(record)).toBeUndefined()
})
