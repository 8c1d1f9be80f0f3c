import { describe, expect, test } from 'vitest'
import type { SessionRecord } from '../../../../src/core/record/record.ts'
import {
  active,
  aheadBy,
  claimed,
  declined,
  draw,
  ended,
  hurried,
  idleLimited,
  opened,
  postponed,
  refused,
  signOutTold,
  stayAnswered,
  stayRequested,
  warnedFrom,
} from '../../../../src/core/record/transitions.ts'
import { sessionMs, wallMs } from '../../../../src/core/time/moments.ts'
import { END, FULL, IDLE, NOW, PAUSE, sampleRecord, TOLD_END, TOMBSTONE } from './sample.ts'

/** The names of the fields that hold something. */
function fieldsOf(record: SessionRecord): readonly string[] {
  return Object.entries(record)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name]) => name)
    .sort()
}

test('draw: a session and its first key are two random values', () => {
  let count = 0
  expect(draw(() => `random ${++count}`)).toEqual({ session: 'random 1', key: 'random 2' })
})

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

  test.each([
    ['the last end, when it is earlier', NOW - 1, NOW],
    ['the end, when that is later', NOW + 1, NOW + 1],
  ])('session time has come as far as what was seen before, or %s', (_, at, seenAt) => {
    const record = { ...FULL, seenAt: sessionMs(NOW) }
    expect(ended(record, drawn, { ...END, at: sessionMs(at) }).seenAt).toBe(seenAt)
  })

  test('the last activity is not known where no tab has an idle timeout', () => {
    expect(ended(sampleRecord(), drawn, END).end?.lastActivityAt).toBeNull()
  })

  test('without a reason the last end is still to be told', () => {
    expect(ended(FULL, drawn)).toMatchObject({ end: TOLD_END, tombstone: undefined })
  })
})

test.each([
  [
    'any end counts as a logout',
    { status: 'logged-out', end: { ...TOLD_END, reason: 'idle' } },
    true,
  ],
  ['a logout stays as it is', { status: 'logged-out' }, false],
  ['without an end nothing changes', { status: 'logged-out', end: undefined }, false],
  ['a session that goes on does not change', { end: { ...TOLD_END, reason: 'idle' } }, false],
] as const)('declined: %s', (_, changes, isChanged) => {
  const record: SessionRecord = { ...FULL, ...changes }
  const next = declined(record)
  expect(next === record).toBe(!isChanged)
  expect(next).toEqual(isChanged ? { ...record, end: TOLD_END } : record)
})

test('refused: where the session lives on in another application, that is noted', () => {
  expect(refused(FULL, true)).toMatchObject({ rejected: true, livesOn: true })
})

test('refused: the session ends with its access token, and no tab is refreshing it any more', () => {
  expect(refused(FULL, false)).toEqual({
    ...FULL,
    rejected: true,
    livesOn: undefined,
    attempt: undefined,
  })
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

test('aheadBy: how far session time is ahead replaces what was found before', () => {
  expect(aheadBy({ ...FULL, aheadMs: 5 }, 7)).toEqual({ ...FULL, aheadMs: 7 })
})

test('hurried: without a pause, or after it was ended, nothing changes', () => {
  for (const record of [sampleRecord(), { ...FULL, retryAt: undefined }])
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
  ['the same one applies: nothing changes', IDLE, IDLE.afterMs, IDLE],
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
