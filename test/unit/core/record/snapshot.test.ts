import { describe, expect, test } from 'vitest'
import {
  endOf,
  isSameState,
  recordedEnd,
  stateOf,
  type Shown,
} from '../../../../src/core/record/snapshot.ts'
import type { SessionRecord } from '../../../../src/core/record/record.ts'
import { sessionMs } from '../../../../src/core/time/moments.ts'
import type { SessionEnd, SessionState, SessionWarning } from '../../../../src/session-state.ts'
import { unsignedToken } from '../../../../src/testing/unsigned-token.ts'
import type { Tokens } from '../../../../src/tokens.ts'
import { BEGAN_AT, sampleRecord } from './sample.ts'

const TAB = 'tab 1'
const WROTE_AT = sessionMs(BEGAN_AT + 5_000)
const ACTIVE_AT = sessionMs(BEGAN_AT + 3_000)

const signedIn = sampleRecord({ subject: 'alice' })
const END = {
  reason: 'idle',
  by: TAB,
  at: sessionMs(BEGAN_AT + 4_000),
  lastActivityAt: ACTIVE_AT,
  subject: 'alice',
} as const
const over: SessionRecord = {
  ...signedIn,
  session: 'T',
  status: 'logged-out',
  seenAt: WROTE_AT,
  end: END,
}
const TOLD: SessionEnd = {
  reason: 'idle',
  initiator: 'this-tab',
  at: END.at,
  lastActivityAt: ACTIVE_AT,
  subject: 'alice',
}

test.each([
  ['this tab has written', TAB, 'this-tab'],
  ['another tab has written', 'tab 2', 'other-tab'],
  ['the server has brought about', null, 'server'],
] as const)('an end that %s is told with its initiator', (_, by, initiator) => {
  expect(recordedEnd({ ...over, end: { ...END, by } }, TAB)).toEqual({ ...TOLD, initiator })
})

test('a record of a session that goes on holds no end', () => {
  expect(recordedEnd(signedIn, TAB)).toBeNull()
})

const active = { ...signedIn, idle: { afterMs: 900_000, lastActivityAt: ACTIVE_AT } }
const next: SessionRecord = { ...signedIn, session: 'T', subject: 'bob', seenAt: WROTE_AT }
const SWITCHED: SessionEnd = {
  reason: 'user-switched',
  initiator: 'other-tab',
  at: WROTE_AT,
  lastActivityAt: null,
  subject: 'alice',
}

test.each<
  [string, SessionRecord | null, SessionRecord, Parameters<typeof endOf>[3], Partial<SessionEnd>]
>([
  ['the end that the record holds', over, signedIn, 'other-tab', TOLD],
  ['that end, whoever has told of the record', over, signedIn, 'this-tab', TOLD],
  ['a switch of the user in another tab', next, signedIn, 'other-tab', SWITCHED],
  [
    'a switch of the user in this tab',
    next,
    signedIn,
    'this-tab',
    { ...SWITCHED, initiator: 'this-tab' },
  ],
  ['a switch in another tab, found by a page that restores', next, signedIn, 'restored', SWITCHED],
  [
    'a switch, with the last activity before it',
    next,
    active,
    'other-tab',
    { ...SWITCHED, lastActivityAt: ACTIVE_AT },
  ],
  [
    'cleared storage, at the last moment that is known of',
    null,
    signedIn,
    'other-tab',
    { ...SWITCHED, reason: 'storage-cleared', at: signedIn.seenAt },
  ],
])('a session ends by %s', (_, found, before, by, expected) => {
  expect(endOf(found, before, TAB, by)).toEqual(expected)
})

const claims = { sub: 'alice', role: 'editor' }
const readable: Tokens = { accessToken: unsignedToken(claims) }
const warning: SessionWarning = {
  cause: 'idle',
  endsAt: BEGAN_AT + 900_000,
  extendable: true,
  extend: () => Promise.reject(new Error('not called')),
  logout: () => Promise.reject(new Error('not called')),
}
const SHOWN: Shown = { at: BEGAN_AT + 900_000, warning, parked: 2, cover: TOLD }
const NOTHING = {
  subject: null,
  claims: null,
  accessExpiresAt: null,
  endsAt: null,
  warning: null,
  end: null,
  parked: 2,
  cover: TOLD,
}
const SIGNED_IN = {
  status: 'logged-in',
  subject: 'alice',
  claims,
  accessExpiresAt: BEGAN_AT + 600_000,
  endsAt: BEGAN_AT + 900_000,
  warning,
  end: null,
  parked: 2,
  cover: TOLD,
}

describe('stateOf', () => {
  test.each<[string, SessionRecord | null, Tokens | undefined, boolean, object]>([
    ['a user who is signed in', signedIn, readable, false, SIGNED_IN],
    ['the same while the tab restores', signedIn, readable, true, SIGNED_IN],
    [
      'no claims of a token that is not fetched yet',
      signedIn,
      undefined,
      false,
      { ...SIGNED_IN, claims: null },
    ],
    [
      'no claims of a token that script cannot read',
      signedIn,
      { accessToken: null },
      false,
      { ...SIGNED_IN, claims: null },
    ],
    [
      'a user whose name and expiry no token tells',
      { ...signedIn, subject: null, accessExpiresAt: null },
      readable,
      false,
      { ...SIGNED_IN, subject: null, accessExpiresAt: null },
    ],
    ['a tab that restores', null, undefined, true, { ...NOTHING, status: 'restoring' }],
    [
      'a tab that restores, and no end that the record holds',
      over,
      undefined,
      true,
      { ...NOTHING, status: 'restoring' },
    ],
    ['nobody, and no end', null, undefined, false, { ...NOTHING, status: 'logged-out' }],
    [
      'nobody, and the last end',
      over,
      undefined,
      false,
      { ...NOTHING, status: 'logged-out', end: TOLD },
    ],
    [
      'nobody, as long as the server has not said whether there is a session',
      { ...signedIn, status: 'unknown' },
      readable,
      false,
      { ...NOTHING, status: 'logged-out' },
    ],
  ])('shows %s', (_, record, tokens, isRestoring, expected) => {
    expect(stateOf(record, tokens, TAB, isRestoring, SHOWN)).toEqual(expected)
  })

  test('shows an end of another tab as that of another tab', () => {
    expect(stateOf(over, undefined, 'tab 2', false, SHOWN).end).toEqual({
      ...TOLD,
      initiator: 'other-tab',
    })
  })
})

describe('isSameState', () => {
  const state = SIGNED_IN as SessionState & { status: 'logged-in' }

  test.each<[string, SessionState, boolean]>([
    ['a copy', { ...state, claims: { ...claims } }, true],
    [
      'a warning with other functions',
      { ...state, warning: { ...warning, extend: () => Promise.reject(new Error()) } },
      true,
    ],
    ['another user', { ...state, subject: 'bob' }, false],
    ['other claims', { ...state, claims: { ...claims, role: 'reader' } }, false],
    ['another end', { ...state, endsAt: BEGAN_AT }, false],
    ['no warning', { ...state, warning: null }, false],
    ['one parked call less', { ...state, parked: 1 }, false],
  ])('%s: %s', (_, other, expected) => {
    expect(isSameState(state, other)).toBe(expected)
  })
})
