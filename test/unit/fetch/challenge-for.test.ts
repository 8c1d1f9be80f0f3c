import { expect, test } from 'vitest'
import { challengeFor } from '../../../src/fetch/challenge.ts'

// RFC 9110 §11.6.1: how a challenge is read. What it means is in `challenge.test.ts`.

const OURS = /^(bearer|dpop)$/i

test.each<readonly [string, string | null, Readonly<Record<string, string>>]>([
  ['there is no header', null, {}],
  ['the header is empty', '', {}],
  ['the scheme is alone', 'Bearer', {}],
  ['the scheme is another', 'Basic realm="x"', {}],
  ['the name of a scheme only begins as ours does', 'Bearers realm="x"', {}],
  ['the name of a scheme only ends as ours does', 'X-Bearer realm="x"', {}],
  ['a parameter stands before any scheme', 'realm="x", Bearer', {}],
  ['a value is quoted', 'Bearer realm="x"', { realm: 'x' }],
  ['a value is a token', 'Bearer realm=x', { realm: 'x' }],
  ['a value is an empty text', 'Bearer realm=""', { realm: '' }],
  ['a token ends at a comma', 'Bearer realm=x,error=y', { realm: 'x', error: 'y' }],
  ['a token ends at a space', 'Bearer realm=x error=y', { realm: 'x', error: 'y' }],
  ['several spaces stand around =', 'Bearer realm  =\t "x"', { realm: 'x' }],
  ['commas are doubled', 'Bearer ,, realm="x" ,', { realm: 'x' }],
  ['names are in capitals', 'BEARER Realm="X"', { realm: 'X' }],
  ['a name has signs in it', "Bearer a!#$%&'*+.^`|~-9=x", { "a!#$%&'*+.^`|~-9": 'x' }],
  ['a parameter is given twice', 'Bearer realm="x", realm="y"', { realm: 'x' }],
  ['a quoted value has a comma', 'Bearer realm="a, Basic b"', { realm: 'a, Basic b' }],
  ['a quoted value has escaped quotes', 'Bearer realm="a\\"b\\"c"', { realm: 'a"b"c' }],
  [
    'a quoted value has an escaped backslash',
    'Bearer realm="a\\\\", error=y',
    { realm: 'a\\', error: 'y' },
  ],
  ['a quoted value has escaped letters', 'Bearer realm="\\a\\b"', { realm: 'ab' }],
  ['a quote is not closed', 'Bearer realm="x', {}],
  ['another scheme comes before', 'Basic realm="x", Bearer realm="y"', { realm: 'y' }],
  ['another scheme comes after', 'Bearer realm="x", Basic error="y"', { realm: 'x' }],
  ['credentials come before', 'Negotiate YWJjZA==, Bearer realm="x"', { realm: 'x' }],
  [
    'two schemes are ours',
    'Bearer realm="x", DPoP realm="y", algs="ES256"',
    { realm: 'x', algs: 'ES256' },
  ],
])('the parameters of our challenges, where %s', (_, header, expected) => {
  const response = new Response(null, {
    headers: header === null ? {} : { 'www-authenticate': header },
  })
  expect(Object.fromEntries(challengeFor(OURS, response))).toEqual(expected)
})

test('the schemes are those that are asked for', () => {
  const headers = { 'www-authenticate': 'Bearer realm="x", DPoP realm="y"' }
  const read = (schemes: RegExp) =>
    challengeFor(schemes, new Response(null, { headers })).get('realm')
  expect([/^bearer$/i, /^dpop$/i, /^basic$/i].map(read)).toEqual(['x', 'y', undefined])
})

test('a header of several lines is read as one', () => {
  const headers = new Headers({ 'www-authenticate': 'Basic realm="x"' })
  headers.append('www-authenticate', 'Bearer realm="y"')
  const parameters = challengeFor(OURS, new Response(null, { headers }))
  expect(Object.fromEntries(parameters)).toEqual({ realm: 'y' })
})
