import { decodeJwt, UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import { claimsOf, lifetimeMsOf, subjectOf } from '../../src/tokens.ts'

const base64url = (text: string): string => Buffer.from(text).toString('base64url')
const withPayload = (payload: string): string => `${base64url('{"alg":"none"}')}.${payload}.`

test.each([
  ['plain ASCII', { sub: 'alice', exp: 1, iat: 0 }],
  ['other alphabets', { sub: 'Zoë', name: '愛 ☂ 🔑' }],
  ['the two letters that base64url has instead of + and /', { sub: '~~~???>>>ÿÿÿ' }],
  ['nested values', { sub: 'a', act: { sub: 'b' }, roles: ['admin'] }],
  ['nothing', {}],
])('reads the claims of a JWT as jose does: %s', (_, claims) => {
  const token = new UnsecuredJWT(claims).encode()
  expect(claimsOf(token)).toEqual(decodeJwt(token))
  expect(claimsOf(token)).toEqual(claims)
})

test.each(['a', 'ab', 'abc', 'abcd'])('needs no padding: %s', (sub) => {
  expect(claimsOf(new UnsecuredJWT({ sub }).encode())).toEqual({ sub })
})

test.each([
  ['no token', undefined],
  ['null', null],
  ['an empty token', ''],
  ['an opaque token', '2YotnFZFEjr1zCsicMWpAA'],
  ['an opaque token with dots', 'v4.public.secret'],
  ['two parts', `${base64url('{}')}.${base64url('{"sub":"a"}')}`],
  ['empty parts', '..'],
  ['letters that are not base64url', withPayload('{"sub":"a"}')],
  ['a length that no bytes have', withPayload('abcde')],
  ['text that is not JSON', withPayload(base64url('sub=a'))],
  ['bytes that are not UTF-8', withPayload(Buffer.from([0xff, 0xfe]).toString('base64url'))],
  ['a string', withPayload(base64url('"alice"'))],
  ['a list', withPayload(base64url('["alice"]'))],
  ['null as payload', withPayload(base64url('null'))],
  ['an encrypted JWT', `${base64url('{"enc":"A256GCM"}')}.${base64url('key')}.iv.text.tag`],
])('finds no claims, and throws nothing, in %s', (_, token) => {
  expect(claimsOf(token)).toBeNull()
})

test.each([
  ['what the transport read', { accessToken: null, subject: 'given' }, 'given'],
  ['null, if the transport says so', { accessToken: jwt({ sub: 'a' }), subject: null }, null],
  ['the id token', { accessToken: jwt({ sub: 'a' }), idToken: jwt({ sub: 'b' }) }, 'b'],
  ['the access token', { accessToken: jwt({ sub: 'a' }) }, 'a'],
  ['text, if the server sends a number', { accessToken: jwt({ sub: 42 }) }, '42'],
  ['null for an opaque token', { accessToken: 'opaque' }, null],
])('the subject is %s', (_, tokens, subject) => {
  expect(subjectOf(tokens)).toBe(subject)
})

test.each([
  ['what the transport read', { accessToken: jwt({ iat: 0, exp: 9 }), expiresInMs: 5 }, 5],
  ['exp - iat', { accessToken: jwt({ iat: 100, exp: 160 }) }, 60_000],
  ['unknown without iat', { accessToken: jwt({ exp: 160 }) }, null],
  ['unknown if exp is no number', { accessToken: jwt({ iat: 1, exp: 'soon' }) }, null],
  ['unknown if exp is before iat', { accessToken: jwt({ iat: 160, exp: 100 }) }, null],
  ['unknown if the token is opaque', { accessToken: 'opaque' }, null],
])('the lifetime is %s', (_, tokens, lifetimeMs) => {
  expect(lifetimeMsOf(tokens)).toBe(lifetimeMs)
})

function jwt(claims: object): string {
  return withPayload(base64url(JSON.stringify(claims)))
}
