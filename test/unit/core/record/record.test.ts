import { expect, test } from 'vitest'
import {
  inSession,
  isNewer,
  isTimed,
  requestedAt,
  withoutTokens,
} from '../../../../src/core/record/record.ts'
import { sessionMs, wallMs } from '../../../../src/core/time/moments.ts'
import { BEGAN_AT, sampleRecord } from './sample.ts'

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
  [
    'is not known in a record of version 0.1.0 whose token does not say how long it lives',
    sampleRecord({ expiresInMs: undefined }, { limits: { session: null, refresh: null } }),
    0,
  ],
] as const)('when the tokens were requested %s', (_, record, expected) => {
  expect(requestedAt(record)).toBe(expected)
})

test.each([
  ['notes it', sampleRecord({ expiresInMs: undefined }), true],
  [
    'is of version 0.1.0, and knows how long its token lives',
    sampleRecord({}, { limits: { session: null, refresh: null } }),
    true,
  ],
  [
    'is of version 0.1.0, and does not know that',
    sampleRecord({ expiresInMs: undefined }, { limits: { session: null, refresh: null } }),
    false,
  ],
])('whether a record tells when its tokens were requested: one that %s', (_, record, expected) => {
  expect(isTimed(record)).toBe(expected)
})

test.each([
  ['a record of this version', sampleRecord(), false],
  ['one of an earlier version', { v: 0 }, false],
  ['one of a later version', { v: 2 }, true],
  ['one of a later version, in any layout', { v: '2', users: ['alice'] }, true],
  ['one that does not say its version', { session: 'S' }, false],
  ['nothing', undefined, false],
  ['null', null, false],
  ['a text', 'nonsense', false],
])('a newer version has written %s: %s', (_, stored, expected) => {
  expect(isNewer(stored)).toBe(expected)
})

test('a record without a sign-out to tell is mirrored without one', () => {
  const record = sampleRecord()
  expect(withoutTokens(record)).toEqual({ ...record, sealed: undefined })
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
  expect(inSession('S', () => undefined)(record)).toBeUndefined()
})
