import { describe, expect, test } from 'vitest'
import { newerOf, readDetail, readEntry, readPath } from '../../../src/devtools/model/entry.ts'
import { jwt } from '../../support/backend.ts'

const GOOD = {
  id: 'k3v9x2ab.17',
  tab: 2,
  kind: 'call',
  at: 1_000,
  until: 1_200,
  outcome: 'good',
  detail: { method: 'GET', path: '/api/me', status: 200 },
}

describe('an entry from outside', () => {
  test('is read as it was written', () => {
    expect(readEntry(structuredClone(GOOD))).toEqual(GOOD)
    expect(readEntry({ ...GOOD, until: null, outcome: null })).toMatchObject({ until: null })
  })

  test('loses every member that is not known', () => {
    expect(readEntry({ ...GOOD, token: 'abc', url: '/api/me?code=1' })).toEqual(GOOD)
  })

  test.each([
    ['no object', 'entry'],
    ['null', null],
    ['an id that is none', { ...GOOD, id: 'eyJhbGciOiJIUzI1NiJ9.e30' }],
    ['a tab without a number', { ...GOOD, tab: 0 }],
    ['a tab beyond all numbers', { ...GOOD, tab: 1e9 }],
    ['an unknown kind', { ...GOOD, kind: 'cookie' }],
    ['an unknown outcome', { ...GOOD, outcome: 'eyJ' }],
    ['a time that is none', { ...GOOD, at: Number.NaN }],
    ['a time after the last day', { ...GOOD, until: 1e17 }],
  ])('is refused as a whole if it is %s', (_, value) => {
    expect(readEntry(value)).toBeNull()
  })
})

describe('a detail', () => {
  test.each([
    ['a word', { reason: 'refresh-rejected' }],
    ['a number', { status: 503 }],
    ['a flag', { locked: true }],
    ['what is not known', { seq: null, idempotent: null }],
    ['a path of words', { path: '/api/v2/notes/…' }],
    ['a method', { method: 'POST' }],
  ])('is kept if it is %s', (_, detail) => {
    expect(readDetail(detail)).toEqual(detail)
  })

  test.each([
    ['a token', { reason: jwt({ sub: 'alice' }) }],
    ['a key', { by: 'Zm9vYmFyMTIzNDU2Nzg5MA' }],
    ['a name that is not listed', { subject: 'alice' }],
    ['a word where a number is meant', { status: 'alice' }],
    ['a number where a word is meant', { reason: 42 }],
    ['an object', { reason: { toString: () => 'revoked' } }],
    ['a path with an id', { path: '/users/4711' }],
    ['a path with a query', { path: '/api/me?code=secret' }],
    ['infinite', { ms: Infinity }],
  ])('is left out if it is %s', (_, detail) => {
    expect(readDetail(detail)).toEqual({})
  })
})

test.each([
  ['/api/me', '/api/me'],
  ['/api/v2/notes/4711/parts?code=secret#top', '/api/v2/notes/…/parts'],
  [`/reset/${jwt({ sub: 'alice' })}`, '/reset/…'],
  ['/', '/'],
  ['/Users/alice%40example.com', '/…/…'],
])('the path %s is told as %s', (path, told) => {
  expect(readPath(path)).toBe(told)
})

test('an entry that has ended stays so, whatever another tab still believes', () => {
  const ended = readEntry(GOOD)
  const open = readEntry({ ...GOOD, until: null, outcome: null })
  if (!ended || !open) throw new Error('These are entries')
  expect(newerOf(ended, open)).toBe(ended)
  expect(newerOf(open, ended)).toBe(ended)
  expect(newerOf(undefined, open)).toBe(open)
})
