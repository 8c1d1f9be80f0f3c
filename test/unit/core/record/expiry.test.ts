import { expect, test } from 'vitest'
import {
  accessEndsAt,
  endsAt,
  expiryOf,
  isExpired,
  reasonOf,
} from '../../../../src/core/record/expiry.ts'
import { sessionMs, wallMs } from '../../../../src/core/time/moments.ts'
import { BEGAN_AT, sampleRecord } from './sample.ts'

const idle = { afterMs: 900_000, lastActivityAt: sessionMs(BEGAN_AT) }
const limits = { refreshExpiresInMs: 3_600_000, sessionExpiresInMs: 7_200_000 }

test.each([
  ['no limit', sampleRecord(), null],
  [
    'the session limit',
    sampleRecord({ sessionExpiresInMs: 7_200_000 }),
    { at: BEGAN_AT + 7_200_000, cause: 'session-limit', extendable: false },
  ],
  [
    'the refresh limit, when it is earlier',
    sampleRecord(limits),
    { at: BEGAN_AT + 3_600_000, cause: 'refresh-limit', extendable: true },
  ],
  [
    'a refresh limit that does not move',
    sampleRecord(limits, {
      limits: { ...sampleRecord(limits).limits, isRefreshFixed: true },
    }),
    { at: BEGAN_AT + 3_600_000, cause: 'refresh-limit', extendable: false },
  ],
  [
    'the idle limit, when it is earlier',
    sampleRecord(limits, { idle }),
    { at: BEGAN_AT + 900_000, cause: 'idle', extendable: true },
  ],
  [
    'the access token, once the server has refused to renew',
    sampleRecord(limits, { idle, rejected: true }),
    { at: BEGAN_AT + 600_000, cause: 'refresh-rejected', extendable: false },
  ],
  [
    'the idle limit before that, which no click moves any more',
    sampleRecord(limits, { idle: { ...idle, afterMs: 300_000 }, rejected: true }),
    { at: BEGAN_AT + 300_000, cause: 'idle', extendable: false },
  ],
  [
    'a refusal without a known expiry: another limit',
    sampleRecord({ ...limits, expiresInMs: undefined }, { rejected: true }),
    { at: BEGAN_AT + 3_600_000, cause: 'refresh-limit', extendable: true },
  ],
  [
    'the session limit, when the refresh limit is at the same moment',
    sampleRecord({ refreshExpiresInMs: 7_200_000, sessionExpiresInMs: 7_200_000 }),
    { at: BEGAN_AT + 7_200_000, cause: 'session-limit', extendable: false },
  ],
] as const)('the earliest limit: %s', (_, record, expected) => {
  expect(expiryOf(record)).toEqual(expected)
  expect(endsAt(record)).toBe(expected?.at ?? Infinity)
})

const askedAt = sessionMs(BEGAN_AT + 890_000)
const asked = sampleRecord({}, { idle, extendingAt: askedAt })

test.each([
  ['is held off for half a minute', asked, 920_000, 'idle'],
  ['is not, once that is answered', { ...asked, answeredAt: askedAt }, 900_000, 'idle'],
  [
    'is held off for the later request of two',
    { ...asked, answeredAt: sessionMs(BEGAN_AT + 880_000) },
    920_000,
    'idle',
  ],
  [
    'is that of a limit which no request moves',
    { ...asked, limits: { ...asked.limits, session: sessionMs(BEGAN_AT + 910_000) } },
    910_000,
    'session-limit',
  ],
] as const)('after a request to stay the end %s, and the limit stays', (_, record, ms, reason) => {
  expect(expiryOf(record)).toEqual({ at: BEGAN_AT + 900_000, cause: 'idle', extendable: true })
  expect(endsAt(record)).toBe(BEGAN_AT + ms)
  expect(reasonOf(record)).toBe(reason)
})

test('a session that is refused ends by session time, whatever the system clock says', () => {
  // An hour before the refusal the clock was set back by an hour: the two clocks differ by that much.
  const record = sampleRecord({}, { rejected: true, accessExpiresAt: wallMs(BEGAN_AT - 3_000_000) })
  expect(accessEndsAt(record)).toBe(BEGAN_AT + 600_000)
  expect(isExpired(record, sessionMs(BEGAN_AT + 599_999))).toBe(false)
  expect(isExpired(record, sessionMs(BEGAN_AT + 600_000))).toBe(true)
})

test.each([
  ['no access token that says when it expires', sampleRecord({ expiresInMs: undefined }), null],
  ['one that says it', sampleRecord(), BEGAN_AT + 600_000],
])('when the access token ends: %s', (_, record, expected) => {
  expect(accessEndsAt(record)).toBe(expected)
})

test('a session without a limit does not expire', () => {
  expect(isExpired(sampleRecord(), sessionMs(Number.MAX_SAFE_INTEGER))).toBe(false)
})

const doubted = {
  failures: 3,
  pausedAt: wallMs(BEGAN_AT + 300_000),
  doubts: { times: 3, since: wallMs(BEGAN_AT + 200_000) },
}

test.each([
  ['idle', sampleRecord({}, { idle }), 'idle'],
  ['refused', sampleRecord({}, { rejected: true }), 'refresh-rejected'],
  ['refresh limit', sampleRecord({ refreshExpiresInMs: 1_000 }), 'session-limit'],
  [
    'refresh limit, though two tokens are left',
    sampleRecord({ refreshExpiresInMs: 1_000 }, doubted),
    'session-limit',
  ],
  [
    'refresh limit, which is the end of a single token that the server did not renew',
    sampleRecord({ refreshExpiresInMs: 600_000 }, doubted),
    'refresh-rejected',
  ],
  [
    'refresh limit of a single token, after one answer that may be a refusal',
    sampleRecord(
      { refreshExpiresInMs: 600_000 },
      { ...doubted, doubts: { times: 1, since: doubted.pausedAt } },
    ),
    'session-limit',
  ],
  ['session limit', sampleRecord({ sessionExpiresInMs: 1_000 }), 'session-limit'],
  [
    'session limit, before the end of a single token that the server did not renew',
    sampleRecord({ refreshExpiresInMs: 600_000, sessionExpiresInMs: 500_000 }, doubted),
    'session-limit',
  ],
  ['no limit', sampleRecord(), 'session-limit'],
] as const)('the end reason of a limit that ran out: %s', (_, record, reason) => {
  expect(reasonOf(record)).toBe(reason)
})
