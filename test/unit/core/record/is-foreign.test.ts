import { describe, expect, test } from 'vitest'
import { isForeign, namesIn, type Names } from '../../../../src/core/record/is-foreign.ts'
import { unsignedToken } from '../../../../src/testing/unsigned-token.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import type { Tokens } from '../../../../src/tokens.ts'
import { json } from '../../../support/fake-server.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'
import { sampleRecord } from './sample.ts'

const REFRESH = '/auth/refresh'

/** What a server tells of its user: in an ID token, or in an access token for some API. */
interface Told {
  readonly id?: string
  readonly access?: string
  readonly aud?: string
}

function answering({ id, access, aud = 'notes' }: Told) {
  return {
    access_token: access === undefined ? 'opaque' : unsignedToken({ sub: access, aud }),
    ...(id !== undefined && { id_token: unsignedToken({ sub: id, aud: 'the-page' }) }),
  }
}

/** A session that began with what the first answer told, and was then renewed with the others. */
async function renewed(
  mode: 'cookie' | 'body',
  [first = {}, ...others]: readonly Told[],
): Promise<{
  readonly profile: Profile
  readonly tab: VirtualTab
}> {
  const profile = createProfile({ mode })
  const tab = await profile.openTab()
  await tab.session.login({ ...profile.server.signIn('alice'), ...answering(first) })
  for (const told of others) {
    profile.server.next(REFRESH, () =>
      json({ sid: 's1', expires_in: 600, refresh_token: 'next', ...answering(told) }),
    )
    await profile.expire()
    void tab.session.getAccessToken().catch(() => undefined)
    // Less than the pause after a failure.
    await profile.clock.advance(150)
  }
  return { profile, tab }
}

const alice = { id: 'alice' }

describe.each(['cookie', 'body'] as const)(
  'E1, %s mode: one user may go by two names, an ID token’s and an access token’s',
  (mode) => {
    test.each<readonly [string, readonly Told[]]>([
      ['brings no ID token any more', [{ ...alice, access: 'a-7f' }, { access: 'a-7f' }]],
      ['brings the first ID token', [{ access: 'a-7f' }, { ...alice, access: 'a-7f' }]],
      ['brings an ID token now and then', [alice, { access: 'a-7f' }, alice, { access: 'a-7f' }]],
      [
        'is for another API, which knows the user by yet another name',
        [
          { ...alice, access: 'a-7f' },
          { access: 'b-03', aud: 'films' },
          { access: 'b-03', aud: 'films' },
        ],
      ],
      ['tells nothing at all', [alice, {}]],
    ])('a refresh that %s is kept, and the name stays as it was', async (_, told) => {
      const { profile, tab } = await renewed(mode, told)
      expect(profile.record.generation).toBe(told.length)
      const subject = told[0]?.id ?? told[0]?.access
      expect(tab.session.state).toMatchObject({ status: 'logged-in', subject })
      expect(tab.eventsOf('refresh-failed')).toEqual([])
    })

    test.each<readonly [string, readonly Told[]]>([
      ['an ID token of another user', [alice, { id: 'bob' }]],
      [
        'an ID token of another user, after answers without any',
        [{ ...alice, access: 'a-7f' }, { access: 'a-7f' }, { id: 'bob', access: 'a-7f' }],
      ],
      [
        'an access token of another user for the same API',
        [{ access: 'a-7f' }, { access: 'b-03' }],
      ],
      [
        'such an access token where the sign-in had an ID token',
        [{ ...alice, access: 'a-7f' }, { access: 'b-03' }],
      ],
    ])('a refresh that brings %s is discarded', async (_, told) => {
      const { profile, tab } = await renewed(mode, told)
      expect(profile.record.generation).toBe(told.length - 1)
      expect(tab.eventsOf('refreshed')).toHaveLength(told.length - 2)
    })
  },
)

const NOTES = { api: 'notes' }
const OPAQUE: Tokens = { accessToken: 'opaque' }
const idOf = (sub: string): Tokens => ({ ...OPAQUE, idToken: unsignedToken({ sub }) })
const accessOf = (sub: string, aud: unknown = 'notes'): Tokens => ({
  accessToken: unsignedToken({ sub, aud }),
})
const KNOWN: Names = { of: 'S', own: 'alice', id: 'a-1', access: 'a-2', ...NOTES }

test.each<[string, Names | undefined, Tokens, Names]>([
  ['none, in tokens that name nobody', undefined, OPAQUE, { of: 'S' }],
  ['none, without an access token', undefined, { accessToken: null }, { of: 'S' }],
  ['the name of the transport', undefined, { ...OPAQUE, subject: 'bob' }, { of: 'S', own: 'bob' }],
  ['the name in an ID token', undefined, idOf('b-1'), { of: 'S', id: 'b-1' }],
  [
    'the name in an access token, with its API',
    undefined,
    accessOf('b-2'),
    { of: 'S', access: 'b-2', ...NOTES },
  ],
  [
    'the name in an access token for several APIs',
    undefined,
    accessOf('b-2', ['notes', 'films']),
    { of: 'S', access: 'b-2', api: 'notes,films' },
  ],
  [
    'the name in an access token for no API in particular',
    undefined,
    { accessToken: unsignedToken({ sub: 'b-2' }) },
    { of: 'S', access: 'b-2', api: 'undefined' },
  ],
  ['the known names, if the tokens name nobody', KNOWN, OPAQUE, KNOWN],
  [
    'the known names, if the transport says that the session has no subject',
    KNOWN,
    { ...OPAQUE, subject: null },
    KNOWN,
  ],
  ['a new name of one kind, beside the others', KNOWN, idOf('b-1'), { ...KNOWN, id: 'b-1' }],
  [
    'a new name for another API, instead of that for the one before',
    KNOWN,
    accessOf('b-2', 'films'),
    { ...KNOWN, access: 'b-2', api: 'films' },
  ],
  ['none that were told in another session', { ...KNOWN, of: 'R' }, OPAQUE, { of: 'S' }],
])('the names of a user: %s', (_, names, tokens, expected) => {
  expect(namesIn({ session: 'S', names }, tokens)).toEqual(expected)
})

const nameless = { sid: null, subject: null, names: undefined }
const byId: Names = { of: 'S', id: 'a-1' }

test.each<[string, Parameters<typeof sampleRecord>[1], Tokens, Tokens | null, boolean]>([
  ['of another session of the server', {}, { ...OPAQUE, sessionId: 's2' }, null, true],
  ['of the same session of the server', {}, { ...OPAQUE, sessionId: 'sid' }, null, false],
  ['that do not name the session of the server', {}, OPAQUE, null, false],
  [
    'the first that name the session of the server',
    nameless,
    { ...OPAQUE, sessionId: 's2' },
    null,
    false,
  ],
  ['of another user than the names in the record', { names: byId }, idOf('b-1'), null, true],
  ['of the user whom the record names', { names: byId }, idOf('a-1'), null, false],
  [
    'of another user than the tokens before, though the record does not name that one',
    nameless,
    idOf('b-1'),
    idOf('a-1'),
    true,
  ],
  ['of the user of the tokens before', nameless, idOf('a-1'), idOf('a-1'), false],
  [
    'of the user whom the record names, whatever the tokens before say',
    { names: byId },
    idOf('a-1'),
    idOf('b-1'),
    false,
  ],
  [
    'of another user than the tokens before, as the record has the names of another session',
    { names: { ...byId, of: 'R', id: 'b-1' } },
    idOf('b-1'),
    idOf('a-1'),
    true,
  ],
  ['of another user than the subject', { ...nameless, subject: 'alice' }, idOf('bob'), null, true],
  [
    'in which the subject is the name of the transport',
    { ...nameless, subject: 'alice' },
    { ...accessOf('a-2'), subject: 'alice' },
    null,
    false,
  ],
  [
    'in which the subject is the name in the access token',
    { ...nameless, subject: 'alice' },
    { ...idOf('a-1'), ...accessOf('alice') },
    null,
    false,
  ],
  [
    'in which the subject is the name in the ID token',
    { ...nameless, subject: 'alice' },
    { ...idOf('alice'), ...accessOf('a-2') },
    null,
    false,
  ],
  ['that name nobody', { ...nameless, subject: 'alice' }, OPAQUE, null, false],
  ['with any name, of a session that has none', nameless, idOf('b-1'), null, false],
])('tokens %s are foreign to a record: $4', (_, changes, brought, spent, expected) => {
  expect(isForeign(sampleRecord({}, changes), brought, spent)).toBe(expected)
})
