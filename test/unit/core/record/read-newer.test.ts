import { expect, test } from 'vitest'
import { readNewer } from '../../../../src/core/record/read-newer.ts'
import type { SessionRecord } from '../../../../src/core/record/record.ts'
import { sessionMs } from '../../../../src/core/time/moments.ts'
import { sampleRecord } from './sample.ts'

const sample = sampleRecord()
const newer: SessionRecord = { ...sample, v: 2, generation: sample.generation + 1 }
const unread: SessionRecord = { ...newer, status: 'unknown' }
const other: SessionRecord = { ...sample, session: 'another' }

test.each<[string, SessionRecord, SessionRecord | null, boolean, Partial<SessionRecord>]>([
  ['the session that the tab is in goes on', newer, sample, false, newer],
  [
    'it goes on if the newer record does not say its status',
    unread,
    sample,
    false,
    { ...sample, v: 2 },
  ],
  [
    'when the user was last active is the later of what the newer record and the tab know',
    { ...newer, idle: { afterMs: 60_000, lastActivityAt: sample.seenAt } },
    { ...sample, idle: { afterMs: 60_000, lastActivityAt: sessionMs(sample.seenAt + 5_000) } },
    false,
    { v: 2, idle: { afterMs: 60_000, lastActivityAt: sessionMs(sample.seenAt + 5_000) } },
  ],
  ['a session of which the tab has a token is there', newer, null, true, newer],
  [
    'a session that the newer record ends, in a tab that has a token of it, goes on as the tab knows it',
    { ...newer, status: 'logged-out' },
    sample,
    true,
    { ...sample, v: 2 },
  ],
  [
    'a session that is over for the tab is there again only with a token',
    newer,
    { ...sample, status: 'logged-out' },
    false,
    { status: 'logged-out', v: 2 },
  ],
  ['one of which it has none is not', newer, null, false, { status: 'logged-out', v: 2 }],
  [
    'nor is one that replaces the session of the tab',
    newer,
    other,
    false,
    { status: 'logged-out' },
  ],
])('%s', (_, found, previous, hasToken, expected) => {
  expect(readNewer(found, previous, hasToken)).toMatchObject(expected)
})
