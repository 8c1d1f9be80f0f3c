import { expect, test } from 'vitest'
import { isSessionError, readTokenResponse, SessionError } from '../../../src/index.ts'
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
