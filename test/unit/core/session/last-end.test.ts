import { expect, test } from 'vitest'
import type { RecordedEnd, SessionRecord } from '../../../../src/core/record/record.ts'
import { takeLastEnd } from '../../../../src/core/session/last-end.ts'
import { sessionMs } from '../../../../src/core/time/moments.ts'
import { settle } from '../../../support/settle.ts'
import { sampleRecord } from '../record/sample.ts'

const rest = {
  reason: 'logout',
  at: sessionMs(2_000_000),
  lastActivityAt: null,
  subject: 'alice',
} as const

const endedBy = (by: RecordedEnd['by']): SessionRecord =>
  sampleRecord({}, { status: 'logged-out', end: { ...rest, by } })

test.each([
  ['where nothing is stored', null, null],
  ['while a session goes on', sampleRecord(), null],
  ['where this tab has ended it', endedBy('tab 1'), { ...rest, initiator: 'this-tab' }],
  ['where another tab has ended it', endedBy('tab 2'), { ...rest, initiator: 'other-tab' }],
  ['where the server has ended it', endedBy(null), { ...rest, initiator: 'server' }],
])('the last end %s', async (_, found, expected) => {
  const ledger = { read: () => Promise.resolve(found) }
  expect(await takeLastEnd(ledger, 'tab 1', Promise.resolve())).toEqual(expected)
})

test('the last end is read only when the page knows what the other tabs know', async () => {
  let found = sampleRecord()
  const informed = Promise.withResolvers<undefined>()
  const taken = takeLastEnd({ read: () => Promise.resolve(found) }, 'tab 1', informed.promise)
  await settle()
  found = endedBy('tab 1')
  informed.resolve(undefined)
  expect(await taken).toMatchObject({ reason: 'logout' })
})
