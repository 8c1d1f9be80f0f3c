import { describe, expect, test } from 'vitest'
import type { SessionRecord } from '../../../../src/core/record/record.ts'
import { accessEndsAt } from '../../../../src/core/record/expiry.ts'
import {
  active,
  claimed,
  confirmed,
  ended,
  hurried,
  idleLimited,
  opened,
  postponed,
  refused,
  renewed,
  signOutTold,
  stayAnswered,
  stayRequested,
  warnedFrom,
} from '../../../../src/core/record/transitions.ts'
import { sessionMs, wallMs } from '../../../../src/core/time/moments.ts'
import { BEGAN_AT, sampleRecord } from './sample.ts'

const NOW = BEGAN_AT + 60_000
const PAUSE = { failures: 3, pausedAt: wallMs(NOW), retryAt: wallMs(NOW + 4_000) }
const ATTEMPT = { by: 'tab 2', startedAt: wallMs(NOW) }
const END = { reason: 'logout', by: 'tab 1', at: sessionMs(NOW) } as const
const TOLD_END = { ...END, lastActivityAt: null, subject: 'alice' } as const
const TOMBSTONE = { sid: 'sid', everywhere: false }
const IDLE = { afterMs: 900_000, lastActivityAt: sessionMs(NOW) }

/** A record in which everything is set that a transition could forget to reset. */
const FULL: SessionRecord = {
  ...sampleRecord({ refreshExpiresInMs: 3_600_000, sessionExpiresInMs: 7_200_000, renewInMs: 1 }),
  ...PAUSE,
  subject: 'alice',
  issuedAtS: 7,
  idle: IDLE,
  extendingAt: sessionMs(NOW),
  answeredAt: sessionMs(NOW - 1),
  warnMs: 300_000,
  toldActiveAt: sessionMs(NOW),
  rejected: true,
  attempt: ATTEMPT,
  tombstone: TOMBSTONE,
  end: TOLD_END,
}

/** The names of the fields that hold something. */
function fieldsOf(record: SessionRecord): readonly string[] {
  return Object.entries(record)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name]) => name)
    .sort()
}

describe('opened', () => {
  test('keeps nothing of the session before but what other versions have written', () => {
    const next = opened(
      { ...FULL, generation: 2, theme: 'dark' } as SessionRecord,
      { session: 'T', key: 'K' },
      wallMs(NOW),
    )
    expect(fieldsOf(next)).toEqual(
      ['epoch', 'generation', 'key', 'limits', 'seenAt', 'session', 'status', 'theme', 'v'].sort(),
    )
    expect(next).toMatchObject({
      session: 'T',
      key: 'K',
      status: 'unknown',
      generation: 0,
      seenAt: NOW,
      limits: { session: null, refresh: null },
    })
  })

  test.each([
    ['is its own after a session that was renewed', 2, 'K'],
    ['is that of a session that was not: its first refresh may be under way', 1, FULL.key],
    ['is that of a visit that is still to find out whether a user is signed in', 0, FULL.key],
  ])('the key of the next refresh %s', (_, generation, key) => {
    const next = opened({ ...FULL, generation }, { session: 'T', key: 'K' }, wallMs(NOW))
    expect(next.key).toBe(key)
  })

  test.each([
    ['the clock, when storage was cleared', null, NOW, NOW],
    ['the clock, when that is further on', 5, NOW, NOW],
    ['one more than the last, when the clock is behind', NOW + 500, NOW, NOW + 501],
  ])('counts the epoch from %s', (_, before, now, epoch) => {
    const previous = before === null ? null : { ...FULL, epoch: before }
    expect(opened(previous, { session: 'T', key: 'K' }, wallMs(now)).epoch).toBe(epoch)
  })
})

describe('renewed', () => {
  const startedAt = { wall: wallMs(NOW), session: sessionMs(NOW + 5) }
  const renewal = { sealed: 'sealed 2', startedAt, nextKey: 'key-3' }
  const tokens = { accessToken: 'access-2', expiresInMs: 300_000, sequence: 2 }

  test('makes the next generation, by the key of the last, and resets what the last one was up to', () => {
    const next = renewed(FULL, { ...renewal, tokens })
    expect(next).toMatchObject({
      generation: 2,
      key: 'key-3',
      lastKey: 'key-2',
      seq: 2,
      sid: 'sid',
    })
    expect(next).toMatchObject({ sealed: 'sealed 2', subject: 'alice', status: 'logged-in' })
    for (const field of ['failures', 'pausedAt', 'retryAt', 'rejected', 'attempt', 'end'] as const)
      expect(next[field], field).toBeUndefined()
    expect(next.idle).toBe(FULL.idle)
  })

  test('times the access token by the system clock, and limits by session time', () => {
    const next = renewed(FULL, {
      ...renewal,
      tokens: { ...tokens, refreshExpiresInMs: 1_000, sessionExpiresInMs: 2_000 },
    })
    expect(next.accessExpiresAt).toBe(NOW + 300_000)
    expect(next.limits).toMatchObject({
      since: NOW + 5,
      refresh: NOW + 5 + 1_000,
      session: NOW + 5 + 2_000,
    })
  })

  test.each([
    ['stays when the answer names none', undefined, FULL.limits.session],
    ['stays when the answer says 0, which some servers mean as none', 0, FULL.limits.session],
    ['moves when the answer names it again', 9_000, NOW + 5 + 9_000],
  ])('the session limit %s', (_, sessionExpiresInMs, session) => {
    expect(
      renewed(FULL, { ...renewal, tokens: { ...tokens, sessionExpiresInMs } }).limits.session,
    ).toBe(session)
  })

  test.each([
    ['is fixed when it stays where it was', 60_000, 3_540_000, true],
    ['moves when each answer gives the same time again', 60_000, 3_600_000, false],
    ['is fixed though the second request was ten seconds slower', 60_000, 3_550_000, true],
    // Rotated after a minute; the answer was lost, and repeated when the computer woke an hour later.
    ['moves when the answer that moved it is repeated much later', 3_000_000, 660_000, false],
    ['is not judged within four seconds', 3_000, 3_597_000, undefined],
  ])('the refresh limit %s', (_, afterMs, refreshExpiresInMs, isRefreshFixed) => {
    const record = sampleRecord({ refreshExpiresInMs: 3_600_000 })
    const at = BEGAN_AT + afterMs
    const next = renewed(record, {
      ...renewal,
      startedAt: { wall: wallMs(at), session: sessionMs(at) },
      tokens: { ...tokens, refreshExpiresInMs },
    })
    expect(next.limits.isRefreshFixed).toBe(isRefreshFixed)
  })

  test('the refresh limit is judged by session time, whatever the system clock was set to', () => {
    const record = sampleRecord({ refreshExpiresInMs: 3_600_000 })
    const next = renewed(record, {
      ...renewal,
      startedAt: { wall: wallMs(BEGAN_AT - 3_600_000), session: sessionMs(BEGAN_AT + 60_000) },
      tokens: { ...tokens, refreshExpiresInMs: 3_540_000 },
    })
    expect(next.limits.isRefreshFixed).toBe(true)
  })

  test('session time does not run backwards', () => {
    const seenAt = sessionMs(NOW + 99_000)
    expect(renewed({ ...FULL, seenAt }, { ...renewal, tokens }).seenAt).toBe(seenAt)
  })
})

describe('confirmed', () => {
  const startedAt = { wall: wallMs(NOW + 3), session: sessionMs(NOW + 5) }
  const toldActiveAt = sessionMs(NOW - 9)
  const confirmation = { startedAt, nextKey: 'key-3', toldActiveAt }

  test('makes the next generation of the same tokens, which no tab is refreshing any more', () => {
    const next = confirmed(FULL, confirmation)
    expect(next).toEqual({
      ...FULL,
      generation: 2,
      key: 'key-3',
      lastKey: 'key-2',
      toldActiveAt,
      lifetimeMs: 600_000 - 60_005,
      limits: { ...FULL.limits, since: NOW + 5 },
      seenAt: NOW + 5,
      failures: undefined,
      pausedAt: undefined,
      retryAt: undefined,
      rejected: undefined,
      livesOn: undefined,
      attempt: undefined,
      end: undefined,
    })
  })

  test.each([
    ['the sealed tokens', 'sealed'],
    ['when the access token expires by the system clock', 'accessExpiresAt'],
    ['when the server made it', 'issuedAtS'],
  ] as const)('keeps %s', (_, field) => {
    expect(confirmed(FULL, confirmation)[field]).toBe(FULL[field])
  })

  test('keeps the end of the access token and of the session', () => {
    const next = confirmed(FULL, confirmation)
    expect(accessEndsAt(next)).toBe(accessEndsAt(FULL))
    expect(next.limits).toMatchObject({
      session: FULL.limits.session,
      refresh: FULL.limits.refresh,
      isRefreshFixed: FULL.limits.isRefreshFixed,
    })
  })

  test.each([
    ['has no known end', { lifetimeMs: null }],
    ['should have expired already', { lifetimeMs: 60_005 }],
  ])('a token that %s is good until the API refuses it', (_, changes) => {
    expect(confirmed({ ...FULL, ...changes }, confirmation).lifetimeMs).toBeNull()
  })

  test('session time does not run backwards', () => {
    const seenAt = sessionMs(NOW + 99_000)
    expect(confirmed({ ...FULL, seenAt }, confirmation).seenAt).toBe(seenAt)
  })
})

describe('ended', () => {
  const drawn = { session: 'T', key: 'K' }

  test('keeps nothing of the session but why it ended and what the server is to be told', () => {
    const next = ended(FULL, drawn, END, TOMBSTONE)
    expect(fieldsOf(next)).toEqual([
      'end',
      'epoch',
      'generation',
      'key',
      'limits',
      'seenAt',
      'session',
      'status',
      'tombstone',
      'v',
    ])
    expect(next).toMatchObject({
      session: 'T',
      status: 'logged-out',
      epoch: FULL.epoch + 1,
      generation: 0,
      tombstone: TOMBSTONE,
      end: { ...END, lastActivityAt: NOW, subject: 'alice' },
    })
  })

  test('without a reason the last end is still to be told', () => {
    expect(ended(FULL, drawn)).toMatchObject({ end: TOLD_END, tombstone: undefined })
  })
})

test('refused: the session ends with its access token, and no tab is refreshing it any more', () => {
  expect(refused(FULL, false)).toEqual({ ...FULL, rejected: true, attempt: undefined })
})

test('postponed: the pause replaces the one before, and no tab is refreshing any more', () => {
  const pause = { failures: 0, pausedAt: wallMs(NOW + 1), retryAt: wallMs(NOW + 2) }
  expect(postponed(FULL, pause)).toEqual({ ...FULL, ...pause, attempt: undefined })
  expect(postponed(FULL, pause, true)).toEqual({ ...FULL, ...pause })
})

test.each([
  ['a pause of the back-off is over', PAUSE, undefined],
  ['a pause that the server asked for stays', { ...PAUSE, failures: 0 }, PAUSE.retryAt],
])('hurried: %s', (_, pause, retryAt) => {
  expect(hurried(postponed(FULL, pause)).retryAt).toBe(retryAt)
})

test('hurried: without a pause nothing changes', () => {
  const record = sampleRecord()
  expect(hurried(record)).toBe(record)
})

test('claimed: the claim of another tab is replaced', () => {
  const attempt = { by: 'tab 1', startedAt: wallMs(NOW) }
  expect(claimed(FULL, attempt)).toEqual({ ...FULL, attempt })
})

test.each([
  ['later activity counts', NOW + 1, NOW + 1],
  ['earlier activity changes nothing', NOW - 1, NOW],
])('active: %s', (_, at, lastActivityAt) => {
  const next = active(FULL, sessionMs(at))
  expect(next.idle?.lastActivityAt).toBe(lastActivityAt)
  expect(next === FULL).toBe(at < NOW)
})

test('active: without an idle timeout nothing changes', () => {
  const record = sampleRecord()
  expect(active(record, sessionMs(NOW))).toBe(record)
})

test.each([
  [
    'no tab has one: it applies, and time counts from now',
    undefined,
    60_000,
    { afterMs: 60_000, lastActivityAt: NOW + 1 },
  ],
  [
    'a longer one applies: the shorter one replaces it',
    IDLE,
    60_000,
    { afterMs: 60_000, lastActivityAt: NOW + 1 },
  ],
  ['a shorter one applies: nothing changes', IDLE, 9_000_000, IDLE],
])('idleLimited: %s', (_, idle, afterMs, expected) => {
  expect(idleLimited({ ...FULL, idle }, afterMs, sessionMs(NOW + 1)).idle).toEqual(expected)
})

test.each([
  ['ends a pause of the back-off', PAUSE, undefined],
  ['does not end a pause that the server asked for', { ...PAUSE, failures: 0 }, PAUSE.retryAt],
])('stayRequested: %s', (_, pause, retryAt) => {
  const next = stayRequested(postponed(FULL, pause), sessionMs(NOW + 7))
  expect(next).toMatchObject({ extendingAt: NOW + 7 })
  expect(next.retryAt).toBe(retryAt)
})

test.each([
  ['a later request', 7],
  ['an earlier request, of a slower tab', -7],
])('stayRequested, stayAnswered: %s only moves them forward', (_, ms) => {
  const at = sessionMs(NOW + ms)
  expect(stayRequested(FULL, at).extendingAt).toBe(Math.max(NOW, NOW + ms))
  expect(stayAnswered(FULL, at).answeredAt).toBe(Math.max(NOW - 1, NOW + ms))
})

test.each([
  ['an earlier warning', FULL, 400_000, 400_000],
  ['a later one: nothing changes', FULL, 299_999, 300_000],
  [
    'one of a minute, which is taken for granted',
    { ...FULL, warnMs: undefined },
    60_000,
    undefined,
  ],
])('warnedFrom: %s', (_, record, warnMs, expected) => {
  const next = warnedFrom(record, warnMs)
  expect(next).toEqual({ ...record, warnMs: expected })
  if (record.warnMs === expected) expect(next).toBe(record)
})

test('signOutTold: what was told is removed; if there is nothing, nothing changes', () => {
  const next = signOutTold(FULL)
  expect(next).toEqual({ ...FULL, tombstone: undefined })
  expect(signOutTold(next)).toBe(next)
})
