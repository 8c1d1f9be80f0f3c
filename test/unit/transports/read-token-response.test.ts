import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { isSessionError, readTokenResponse, SessionError } from '../../../src/index.ts'
import { unsignedToken } from '../../../src/testing/unsigned-token.ts'
import { SECRET } from '../../support/backend.ts'

const FULL = {
  access_token: `${SECRET}-access`,
  token_type: 'Bearer',
  expires_in: 600,
  refresh_token: `${SECRET}-refresh`,
  refresh_expires_in: 86_400,
  session_expires_in: 2_592_000,
  sid: 'sid-1',
  seq: 3,
  id_token: `${SECRET}-id`,
  scope: 'read write',
}

test('reads RFC 6749 §5.1 and the further members, with seconds as milliseconds', () => {
  expect(readTokenResponse(FULL)).toEqual({
    accessToken: `${SECRET}-access`,
    tokenType: 'Bearer',
    expiresInMs: 600_000,
    refreshToken: `${SECRET}-refresh`,
    refreshExpiresInMs: 86_400_000,
    sessionExpiresInMs: 2_592_000_000,
    sessionId: 'sid-1',
    sequence: 3,
    idToken: `${SECRET}-id`,
  })
})

test('requires the access token alone; null counts as absent', () => {
  const nothing = Object.fromEntries(Object.keys(FULL).map((name) => [name, null]))
  for (const answer of [{ access_token: 'x' }, { ...nothing, access_token: 'x' }]) {
    const { accessToken, ...rest } = readTokenResponse(answer)
    expect(accessToken).toBe('x')
    expect(Object.values(rest).every((value) => value === undefined)).toBe(true)
  }
})

test('accepts numbers as strings and with fractions, and 0 as a sequence', () => {
  expect(readTokenResponse({ access_token: 'x', expires_in: '0.5', seq: '0' })).toMatchObject({
    expiresInMs: 500,
    sequence: 0,
  })
})

test.each<[string, unknown, string]>([
  ['access_token', undefined, 'undefined'],
  ['access_token', '', 'string'],
  ['access_token', 7, 'number'],
  ['access_token', { value: SECRET }, 'object'],
  ['refresh_token', '', 'string'],
  ['refresh_token', [SECRET], 'object'],
  ['id_token', true, 'boolean'],
  ['sid', 7, 'number'],
  ['sid', '', 'string'],
  ['expires_in', '', 'string'],
  ['expires_in', `${SECRET} s`, 'string'],
  ['expires_in', Infinity, 'number'],
  ['expires_in', NaN, 'number'],
  ['expires_in', [600], 'object'],
  ['expires_in', true, 'boolean'],
  ['refresh_expires_in', 'soon', 'string'],
  ['session_expires_in', {}, 'object'],
  ['seq', 'three', 'string'],
])('a "%s" of %j is named in the error without its value', (name, value, type) => {
  let error: unknown
  try {
    readTokenResponse({ ...FULL, [name]: value })
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(SessionError)
  expect(isSessionError(error, 'invalid_response')).toBe(true)
  const { message } = error as SessionError
  expect(message).toContain(`"${name}"`)
  expect(message).toContain(`not ${type}`)
  expect(message).not.toContain(SECRET)
})

test.each([undefined, null, 'text', 7, [], new Date(0)])('%j is not a token response', (answer) => {
  expect(() => readTokenResponse(answer)).toThrow(/"access_token" must be a non-empty string/)
})

test.each<[string, object, object]>([
  [
    'camel case',
    { accessToken: 'a', refreshToken: 'r', expiresIn: 60, tokenType: 'Bearer' },
    { accessToken: 'a', refreshToken: 'r', expiresInMs: 60_000, tokenType: 'Bearer' },
  ],
  ['token', { token: 'a', user: { id: 7 } }, { accessToken: 'a' }],
  ['jwt', { jwt: 'a' }, { accessToken: 'a' }],
  [
    'everything under data',
    { data: { access_token: 'a', refresh_token: 'r', expires_in: '60' } },
    { accessToken: 'a', refreshToken: 'r', expiresInMs: 60_000 },
  ],
  [
    'an access token beside data',
    { access_token: 'a', data: { access_token: 'b' } },
    { accessToken: 'a' },
  ],
])('reads other common shapes: %s', (_, answer, tokens) => {
  expect(readTokenResponse(answer)).toMatchObject(tokens)
})

describe('a moment of expiry', () => {
  const NOW = Date.UTC(2026, 10, 29)
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW, toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
  })

  test.each([
    ['seconds', NOW / 1000 + 60],
    ['seconds as text', String(NOW / 1000 + 60)],
    ['milliseconds', NOW + 60_000],
    ['a date', new Date(NOW + 60_000).toISOString()],
  ])('may be in %s', (_, expiresAt) => {
    expect(readTokenResponse({ accessToken: 'a', expiresAt })).toMatchObject({
      expiresInMs: 60_000,
    })
    expect(readTokenResponse({ token: 'a', expires_at: expiresAt }).expiresInMs).toBe(60_000)
  })

  test('is not believed where a JWT says how long it lives, for the clock may be wrong', () => {
    const accessToken = unsignedToken({ iat: 1_000, exp: 1_600 })
    expect(readTokenResponse({ accessToken, expiresAt: NOW }).expiresInMs).toBeUndefined()
  })

  test.each(['soon', '', {}, true])('that is %j is named in the error', (expiresAt) => {
    expect(() => readTokenResponse({ accessToken: 'a', expiresAt })).toThrow(/"expiresAt" must be/)
  })
})

test('without an access token, the error names the members that are there, and nothing of their values', () => {
  const answer = { session: SECRET, user: {}, [SECRET.padEnd(31, 'x')]: 1, 'odd name': 2 }
  expect(() => readTokenResponse(answer)).toThrow(/; the answer has session, user$/)
})
