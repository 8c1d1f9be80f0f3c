import { describe, expect, test } from 'vitest'
import { createAnnouncements } from '../../../../src/core/notify/announcements.ts'
import type { SessionRecord } from '../../../../src/core/record/record.ts'
import type { RecordChange } from '../../../../src/core/session/tab.ts'
import { sessionMs, wallMs } from '../../../../src/core/time/moments.ts'
import { sampleRecord } from '../record/sample.ts'

const alice = sampleRecord({ subject: 'alice' })
const renewed = { ...alice, generation: 2, accessExpiresAt: wallMs(9_000_000) }
const again = sampleRecord({ subject: 'alice' }, { session: 'T', epoch: alice.epoch + 1 })
const bob = sampleRecord({ subject: 'bob' }, { session: 'T', epoch: alice.epoch + 1 })
const visitor = { ...bob, subject: null, names: undefined }
const unknown: SessionRecord = { ...again, status: 'unknown', subject: null, generation: 0 }
const recorded = {
  reason: 'logout',
  at: sessionMs(2_000_000),
  lastActivityAt: null,
  subject: 'alice',
} as const
const over: SessionRecord = {
  ...alice,
  session: 'U',
  epoch: alice.epoch + 1,
  status: 'logged-out',
  end: { ...recorded, by: 'tab 1' },
}
/** With an ID token, whose name is compared before the subject. */
const named = { ...alice, names: { of: 'S', id: 'alice' } }

const started = (subject: string | null, initiator: string): unknown => [
  'started',
  { subject, initiator },
]
const ended = (reason: string, initiator = 'other-tab'): unknown => [
  'ended',
  expect.objectContaining({ reason, initiator, subject: 'alice' }),
]

type Step = Partial<RecordChange> & Pick<RecordChange, 'next'>

/** The events that the last of these changes emits. */
function emitted(...steps: readonly Step[]): unknown[] {
  let told: unknown[] = []
  const announce = createAnnouncements('tab 1', {
    emit: (event, payload) => told.push([event, payload]),
  })
  for (const step of steps) {
    told = []
    announce({ previous: null, by: 'other-tab', isRestoring: false, isDenied: false, ...step })
  }
  return told
}

test.each([
  ['in this tab', 'this-tab', false, 'this-tab'],
  ['in this tab, while that still looks for its session', 'this-tab', true, 'this-tab'],
  ['in another tab', 'other-tab', false, 'other-tab'],
  ['that another tab has begun before this page looked for it', 'other-tab', true, 'restored'],
  ['that this page has found', 'restored', true, 'restored'],
  ['that this page has found late', 'restored', false, 'restored'],
] as const)('a session that begins %s has started', (_, by, isRestoring, initiator) => {
  expect(emitted({ next: alice, by, isRestoring })).toEqual([started('alice', initiator)])
})

test.each([
  ['this-tab', 'this-tab'],
  ['restored', 'this-tab'],
  ['other-tab', 'other-tab'],
] as const)('a renewal by %s is told as one by %s', (by, told) => {
  const { accessExpiresAt } = renewed
  expect(emitted({ next: alice }, { next: renewed, by })).toEqual([
    ['refreshed', { accessExpiresAt, by: told }],
  ])
})

describe('nothing is told', () => {
  test.each<readonly [string, readonly Step[]]>([
    ['of a page that finds nothing', [{ next: null }]],
    ['of a page that finds that no user is signed in', [{ next: over }]],
    ['of storage that is cleared while no user is signed in', [{ next: over }, { next: null }]],
    ['of activity in the session', [{ next: alice }, { next: { ...alice, seenAt: sessionMs(9) } }]],
    ['of a sign-out that the server has heard of', [{ next: over }, { next: { ...over } }]],
    ['of a session that may be there', [{ next: unknown }]],
    ['of a login that the server has not confirmed yet', [{ next: alice }, { next: unknown }]],
    [
      'of a session that may be there and is not',
      [{ next: null }, { next: unknown, isDenied: true }],
    ],
  ])('%s', (_, steps) => {
    expect(emitted(...steps)).toEqual([])
  })
})

describe('after a session of alice', () => {
  test.each<readonly [string, Step, readonly unknown[]]>([
    ['a logout by this tab', { next: over, by: 'this-tab' }, [ended('logout', 'this-tab')]],
    [
      'a logout by another tab',
      { next: { ...over, end: { ...recorded, by: 'tab 2' } } },
      [ended('logout', 'other-tab')],
    ],
    ['storage that is cleared', { next: null }, [ended('storage-cleared')]],
    ['bob', { next: bob }, [ended('user-switched'), started('bob', 'other-tab')]],
    [
      'bob, who signs in here',
      { next: bob, by: 'this-tab' },
      [ended('user-switched', 'this-tab'), started('bob', 'this-tab')],
    ],
    ['alice once more', { next: again }, [started('alice', 'other-tab')]],
    ['a visitor', { next: visitor }, [ended('user-switched'), started(null, 'other-tab')]],
    [
      'a session that is not there after all',
      { next: unknown, isDenied: true },
      [ended('user-switched')],
    ],
    [
      'the end that a newer version has written into the same session',
      { next: { ...alice, status: 'logged-out' } },
      [ended('user-switched')],
    ],
  ])('%s is told', (_, step, expected) => {
    expect(emitted({ next: alice }, step)).toEqual(expected)
  })

  test.each([
    ['alice, another subject', 'alice', '7f', [started('7f', 'other-tab')]],
    ['bob, another subject', 'bob', '7f', [ended('user-switched'), started('7f', 'other-tab')]],
    ['bob, her subject', 'bob', 'alice', [ended('user-switched'), started('alice', 'other-tab')]],
  ])('a user with an ID token of %s, is told by that', (_, id, subject, expected) => {
    const next = { ...again, subject, names: { of: 'T', id } }
    expect(emitted({ next: named }, { next })).toEqual(expected)
  })

  test.each([
    ['the same subject is no end', 'alice', [started('alice', 'other-tab')]],
    [
      'another subject is the end of hers',
      'bob',
      [ended('user-switched'), started('bob', 'other-tab')],
    ],
  ])('a session without names, as of an earlier version, of %s', (_, subject, expected) => {
    const nameless = { ...alice, names: undefined }
    expect(emitted({ next: nameless }, { next: { ...again, subject, names: undefined } })).toEqual(
      expected,
    )
  })

  test.each([
    ['alice is no end', again, [started('alice', 'this-tab')]],
    [
      'bob is the end of hers',
      bob,
      [ended('user-switched', 'this-tab'), started('bob', 'this-tab')],
    ],
  ])('a login that the server confirms as that of %s', (_, next, expected) => {
    expect(emitted({ next: alice }, { next: unknown }, { next, by: 'this-tab' })).toEqual(expected)
  })
})

test('a visitor may be another one than before', () => {
  const next = { ...visitor, session: 'V', epoch: visitor.epoch + 1 }
  expect(emitted({ next: visitor }, { next })).toEqual([
    ['ended', expect.objectContaining({ reason: 'user-switched', subject: null })],
    started(null, 'other-tab'),
  ])
})

test('a session whose end was told is not ended again by the next one', () => {
  expect(emitted({ next: alice }, { next: over }, { next: bob })).toEqual([
    started('bob', 'other-tab'),
  ])
})

test('the session of a newer version begins with its token, though its record was there before', () => {
  const withoutToken: SessionRecord = { ...alice, status: 'logged-out' }
  expect(emitted({ next: withoutToken }, { next: alice })).toEqual([started('alice', 'other-tab')])
})
