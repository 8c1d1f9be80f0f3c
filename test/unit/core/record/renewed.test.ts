import { describe, expect, test } from 'vitest'
import { accessEndsAt } from '../../../../src/core/record/expiry.ts'
import { confirmed, renewed } from '../../../../src/core/record/transitions.ts'
import { sessionMs, wallMs } from '../../../../src/core/time/moments.ts'
import { unsignedToken } from '../../../../src/testing/unsigned-token.ts'
import { BEGAN_AT, FULL, NOW, sampleRecord } from './sample.ts'

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
    for (const field of [
      'failures',
      'pausedAt',
      'retryAt',
      'doubts',
      'rejected',
      'livesOn',
      'attempt',
      'end',
    ] as const)
      expect(next[field], field).toBeUndefined()
    expect(next.idle).toBe(FULL.idle)
  })

  test.each([
    [
      'the name that the user had from the beginning',
      FULL,
      { subject: 'a-7f' },
      { subject: 'alice' },
    ],
    [
      'the first name of the user',
      { ...FULL, subject: null },
      { subject: 'a-7f' },
      { subject: 'a-7f' },
    ],
    ['no name where the tokens have none', { ...FULL, subject: null }, {}, { subject: null }],
    [
      'the names in the tokens, as those of this session',
      FULL,
      { idToken: unsignedToken({ sub: 'alice' }) },
      { names: { of: 'S', id: 'alice' } },
    ],
    [
      'the session of the server, where the answer names it',
      FULL,
      { sessionId: 's9' },
      { sid: 's9' },
    ],
    ['no number where the answer has none', FULL, { sequence: undefined }, { seq: null }],
    ['how soon the answer is to be renewed', FULL, { renewInMs: 9_000 }, { renewInMs: 9_000 }],
    ['nothing of how soon the answer before was to be renewed', FULL, {}, { renewInMs: undefined }],
    [
      'no expiry of a token that does not tell it',
      FULL,
      { expiresInMs: undefined },
      { lifetimeMs: null, accessExpiresAt: null },
    ],
  ] as const)('notes %s', (_, record, told, expected) => {
    expect(renewed(record, { ...renewal, tokens: { ...tokens, ...told } })).toMatchObject(expected)
  })

  test.each([
    ['that the token says', unsignedToken({ iat: 5 }), 9, 5],
    ['that the answer says, if the token does not', 'opaque', 9, 9],
    ['that is not known', 'opaque', undefined, undefined],
  ])(
    'notes the moment %s as that at which the server made it',
    (_, accessToken, issuedAtS, expected) => {
      const next = renewed(FULL, { ...renewal, tokens: { ...tokens, accessToken }, issuedAtS })
      expect(next.issuedAtS).toBe(expected)
    },
  )

  test.each([
    ['the longest of two answers', 900, 300, 900],
    ['the longest of two answers, the other way round', 300, 900, 900],
    ['that of the answers before, if this one is not to be known', 900, undefined, 900],
    ['that of this answer, if it is the first', undefined, 300, 300],
    ['nothing, as long as none is to be known', undefined, undefined, undefined],
    ['nothing of an answer that took no time', undefined, 0, undefined],
  ])('notes as the time that an answer takes %s', (_, before, answerMs, expected) => {
    const next = renewed({ ...FULL, answerMs: before }, { ...renewal, tokens, answerMs })
    expect(next.answerMs).toBe(expected)
  })

  test('notes which key was used, and of which activity the server was told', () => {
    const toldActiveAt = sessionMs(NOW - 9)
    const next = renewed(FULL, { ...renewal, tokens, usedKey: 'key-0', toldActiveAt })
    expect(next).toMatchObject({ key: 'key-3', lastKey: 'key-0', toldActiveAt })
    expect(renewed(FULL, { ...renewal, tokens }).toldActiveAt).toBeUndefined()
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
      doubts: undefined,
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

  test('notes when the server made the tokens, as the answer says, if that was not known', () => {
    const untold = { ...FULL, issuedAtS: undefined }
    expect(confirmed(untold, { ...confirmation, issuedAtS: 9 }).issuedAtS).toBe(9)
    expect(confirmed(FULL, { ...confirmation, issuedAtS: 9 }).issuedAtS).toBe(7)
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
