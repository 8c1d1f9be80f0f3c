import { expect, test } from 'vitest'
import { isOneUser, isSameUser, type Names } from '../../../../src/core/record/is-foreign.ts'

interface User {
  readonly subject: string | null
  readonly names?: Names | undefined
}

const named = (subject: string | null, names: Omit<Names, 'of'>): User => ({
  subject,
  names: { of: 'S', ...names },
})
const NOTES = { api: 'notes' }

test.each<[string, boolean | undefined, User, User]>([
  ['one name of the transport', true, named('a', { own: 'a' }), named('a', { own: 'a' })],
  ['two names of the transport', false, named('a', { own: 'a' }), named('b', { own: 'b' })],
  [
    'one name of the transport, and two in ID tokens',
    true,
    named('a', { own: 'a', id: '1' }),
    named('a', { own: 'a', id: '2' }),
  ],
  ['one name in ID tokens', true, named('a', { id: 'a' }), named('a', { id: 'a' })],
  [
    'two names in ID tokens, and one in access tokens',
    false,
    named('a', { id: 'a', access: 'x', ...NOTES }),
    named('b', { id: 'b', access: 'x', ...NOTES }),
  ],
  [
    'one name for one API',
    true,
    named('a', { access: 'a', ...NOTES }),
    named('a', { access: 'a', ...NOTES }),
  ],
  [
    'two names for one API',
    false,
    named('a', { access: 'a', ...NOTES }),
    named('b', { access: 'b', ...NOTES }),
  ],
  [
    'one name for two APIs, which compares the subjects',
    true,
    named('a', { access: 'a', ...NOTES }),
    named('a', { access: 'a', api: 'films' }),
  ],
  [
    'an ID token before, and an access token now, which compares the subjects',
    false,
    named('a', { id: 'a' }),
    named('b', { access: 'b', ...NOTES }),
  ],
  ['no names but one subject, as version 0.1.0 wrote it', true, { subject: 'a' }, { subject: 'a' }],
  ['no names but two subjects', false, { subject: 'a' }, { subject: 'b' }],
  ['no subject at all', undefined, { subject: null }, { subject: null }],
  ['a subject before, and none now', undefined, { subject: 'a' }, { subject: null }],
  ['two visitors with one name', undefined, named(null, { own: 'v' }), named(null, { own: 'v' })],
  ['two visitors with two names', false, named(null, { own: 'v' }), named(null, { own: 'w' })],
])('sessions with %s: %s', (_, is, one, other) => {
  expect(isSameUser(one, other)).toBe(is)
  expect(isSameUser(other, one)).toBe(is)
})

const KNOWN: Names = { of: 'S', own: 'alice', id: 'a-1', access: 'a-2', ...NOTES }

test.each<[string, Names | undefined, Names | undefined, boolean | undefined]>([
  ['no names at all', undefined, undefined, undefined],
  ['names of the one only', KNOWN, undefined, undefined],
  ['names of no kind in common', { of: 'S', own: 'a' }, { of: 'T', id: 'a' }, undefined],
  ['the same name of the transport', KNOWN, { ...KNOWN, of: 'T', id: 'b-1' }, true],
  ['another name of the transport', KNOWN, { ...KNOWN, own: 'bob' }, false],
  ['the same name in ID tokens', { of: 'S', id: 'a' }, { ...KNOWN, id: 'a' }, true],
  ['another name in ID tokens', { ...KNOWN, own: undefined }, { of: 'T', id: 'b' }, false],
  [
    'the same name for one API',
    { of: 'S', access: 'a', ...NOTES },
    { of: 'T', access: 'a', ...NOTES },
    true,
  ],
  [
    'another name for one API',
    { of: 'S', access: 'a', ...NOTES },
    { of: 'T', access: 'b', ...NOTES },
    false,
  ],
  [
    'another name for another API',
    { of: 'S', access: 'a', ...NOTES },
    { of: 'T', access: 'b', api: 'films' },
    undefined,
  ],
  [
    'a name for one API and none',
    { of: 'S', access: 'a', ...NOTES },
    { of: 'T', ...NOTES },
    undefined,
  ],
])('whether two are one user, by %s: $3', (_, one, other, expected) => {
  expect(isOneUser(one, other)).toBe(expected)
  expect(isOneUser(other, one)).toBe(expected)
})
