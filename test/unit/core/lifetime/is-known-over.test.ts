import { expect, test } from 'vitest'
import { isKnownOver } from '../../../../src/core/lifetime/is-known-over.ts'
import type { SessionRecord } from '../../../../src/core/record/record.ts'
import { sessionMs } from '../../../../src/core/time/moments.ts'
import { BEGAN_AT, sampleRecord } from '../record/sample.ts'

const ENDS_MS = 3_600_000
const own = sampleRecord({ sessionExpiresInMs: ENDS_MS })
const after = { ...own, session: 'T', epoch: own.epoch + 1 }
const before = { ...own, session: 'R', epoch: own.epoch - 1 }
const OVER = { status: 'logged-out' } as const
const idle = { afterMs: 600_000, lastActivityAt: sessionMs(BEGAN_AT) }

test.each<[string, SessionRecord | null, SessionRecord | null, number, boolean]>([
  ['no user is signed in', null, null, 0, true],
  ['no user is signed in here, and a mirror shows a session', null, own, 0, true],
  ['the tab knows of a session', own, null, 0, false],
  ['the tab knows that it is over', { ...own, ...OVER }, null, 0, true],
  ['it is not known whether there is a session', { ...own, status: 'unknown' }, null, 0, true],
  ['its limit is a millisecond away', own, null, ENDS_MS - 1, false],
  ['its limit has run out', own, null, ENDS_MS, true],
  ['its limit has run out, and a mirror shows none', own, sampleRecord(), ENDS_MS, true],
  ['a mirror shows the same', own, { ...own }, 0, false],
  ['a mirror shows its next generation', own, { ...own, generation: 2 }, 0, false],
  ['a mirror shows a shorter limit, which has not run out', own, { ...own, idle }, 599_999, false],
  ['a mirror shows a shorter limit, which has run out', own, { ...own, idle }, 600_000, true],
  ['a mirror shows a sign-out', own, { ...after, ...OVER }, 0, true],
  ['a mirror shows that this very session is over', own, { ...own, ...OVER }, 0, true],
  ['a mirror shows the next session', own, after, 0, true],
  ['a mirror is behind, at the session before', own, before, 0, false],
  ['a mirror is behind, at the sign-out before', own, { ...before, ...OVER }, 0, false],
  [
    'a mirror is behind, at a generation with a shorter limit',
    { ...own, generation: 2 },
    { ...own, idle },
    600_000,
    false,
  ],
])('a session is known to be over, if %s: $4', (_, known, mirrored, ms, expected) => {
  expect(isKnownOver(known, mirrored, sessionMs(BEGAN_AT + ms))).toBe(expected)
})
