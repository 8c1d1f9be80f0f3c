import { expect, test } from 'vitest'
import { parseRecord } from '../../../../src/core/record/parse-record.ts'
import { sampleRecord } from './sample.ts'

const sample = sampleRecord()

/** A record in which each field that may be missing is there. */
const FULL = {
  ...sample,
  limits: { session: 2_000_000, refresh: 3_000_000, isRefreshFixed: true, since: 1_000_000 },
  subject: 'alice',
  names: { of: 'S', own: 'alice', id: 'a-1', access: 'a-2', api: 'notes' },
  lastKey: 'key-1',
  aheadMs: 0,
  answerMs: 300,
  issuedAtS: 1_000,
  renewInMs: 60_000,
  failures: 1,
  pausedAt: 1_000_000,
  retryAt: 1_000_400,
  doubts: { times: 1, since: 1_000_000 },
  extendingAt: 1_000_000,
  answeredAt: 1_000_000,
  warnMs: 120_000,
  toldActiveAt: 1_000_000,
  idle: { afterMs: 900_000, lastActivityAt: 1_000_000 },
  attempt: { by: 'tab 1', startedAt: 1_000_000, waitMs: 10_000, hint: 7 },
  tombstone: { sid: 'sid', everywhere: false },
  end: { reason: 'logout', by: 'tab 1', at: 1_000_000, lastActivityAt: null, subject: null },
}

/** `FULL` with another value in a field, `idle`, or in a field of it, `idle.afterMs`. */
function changed(path: string, value: unknown): object {
  const [name = '', inner] = path.split('.')
  const group: unknown = FULL[name as keyof typeof FULL]
  return { ...FULL, [name]: inner ? { ...(group as object), [inner]: value } : value }
}

/** `FULL` without a field, or without a field of it. */
function lacking(path: string): object {
  return JSON.parse(JSON.stringify(changed(path, undefined))) as object
}

const TEXTS = ['session', 'key', 'names.of', 'attempt.by', 'end.reason']
const NUMBERS = [
  'epoch',
  'generation',
  'seenAt',
  'doubts.times',
  'doubts.since',
  'idle.afterMs',
  'idle.lastActivityAt',
  'attempt.startedAt',
  'end.at',
]
const OPTIONAL_TEXTS = [
  'subject',
  'sid',
  'lastKey',
  'names.own',
  'names.id',
  'names.access',
  'names.api',
  'tombstone.sid',
  'end.by',
]
const OPTIONAL_NUMBERS = [
  'seq',
  'limits.session',
  'limits.refresh',
  'limits.since',
  'aheadMs',
  'answerMs',
  'issuedAtS',
  'accessExpiresAt',
  'lifetimeMs',
  'renewInMs',
  'failures',
  'pausedAt',
  'retryAt',
  'extendingAt',
  'answeredAt',
  'warnMs',
  'toldActiveAt',
  'attempt.waitMs',
  'attempt.hint',
]
const OPTIONAL_GROUPS = ['names', 'doubts', 'idle', 'attempt', 'tombstone', 'end']

test.each([
  ['as a sign-in leaves it', sample],
  ['in which each field is set', FULL],
  ['with the earliest epoch that a clock can show', { ...sample, epoch: -8.64e15 }],
  ['with the latest epoch that a clock can show', { ...sample, epoch: 8.64e15 }],
  ['with a limit that is never reached', changed('limits.session', Infinity)],
  ['of a page that is still to find out whether a user is signed in', changed('status', 'unknown')],
  ['of a session that is over', changed('status', 'logged-out')],
  ['with a field that this version does not know', { ...sample, theme: 'dark' }],
])('a record %s is taken as it is', (_, value) => {
  expect(parseRecord(value)).toBe(value)
})

test.each([...OPTIONAL_TEXTS, ...OPTIONAL_NUMBERS, ...OPTIONAL_GROUPS])(
  'a record may lack `%s`, or have null there',
  (path) => {
    for (const value of [lacking(path), changed(path, null)]) expect(parseRecord(value)).toBe(value)
  },
)

test.each([undefined, null, 0, 'nonsense', true, [], {}, { v: 1 }, { session: 's', epoch: 'x' }])(
  '%j is not a record',
  (value) => {
    expect(parseRecord(value)).toBeNull()
  },
)

test.each([...TEXTS, ...NUMBERS, 'limits', 'status'])(
  'nothing is a record that lacks `%s`, or has null there',
  (path) => {
    for (const value of [lacking(path), changed(path, null)])
      expect(parseRecord(value), JSON.stringify(value)).toBeNull()
  },
)

test.each([
  ['a text', [...TEXTS, ...OPTIONAL_TEXTS], [1, {}, [], true]],
  ['a number', [...NUMBERS, ...OPTIONAL_NUMBERS], ['1', NaN, {}, [], true]],
  ['an object', ['limits', ...OPTIONAL_GROUPS], ['x', 5, true]],
  ['the name of a status', ['status'], ['elsewhere', 1, {}]],
])('nothing is a record in which what should be %s is anything else', (_, paths, values) => {
  for (const path of paths)
    for (const value of values)
      expect(parseRecord(changed(path, value)), `${path}: ${JSON.stringify(value)}`).toBeNull()
})

test.each(['epoch', 'generation'])(
  'nothing is a record whose `%s` is beyond what a clock can show',
  (field) => {
    for (const value of [8.64e15 + 1, -8.64e15 - 1, 2 ** 53, Infinity, -Infinity])
      expect(parseRecord({ ...sample, [field]: value }), String(value)).toBeNull()
  },
)

test.each([2, '2'])('a record of a newer version (%j) is read if it has this layout', (v) => {
  const newer = { ...sample, v }
  expect(parseRecord(newer)).toBe(newer)
})

const NEWER = { ...FULL, v: 2, limits: [], idle: 'never' }

test('of a newer version in another layout only the session is read, and nobody is signed in', () => {
  expect(parseRecord(NEWER)).toEqual({
    v: 2,
    session: 'S',
    epoch: FULL.epoch,
    generation: FULL.generation,
    status: 'logged-out',
    key: '',
    seenAt: 0,
    subject: null,
    sid: null,
    seq: null,
    lastKey: null,
    limits: { session: null, refresh: null },
    accessExpiresAt: null,
    lifetimeMs: null,
  })
})

test.each([
  ['that does not say which session it is of', { session: undefined }],
  ['whose epoch is a text', { epoch: '9' }],
  ['without a generation', { generation: undefined }],
  ['of this version', { v: 1 }],
  ['of an earlier version', { v: 0 }],
  ['that does not say its version', { v: undefined }],
])('a record in another layout %s is not read', (_, changes) => {
  expect(parseRecord({ ...NEWER, ...changes })).toBeNull()
})
