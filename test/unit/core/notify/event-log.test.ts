import { expect, test } from 'vitest'
import { createEventLog, type LogEntry } from '../../../../src/core/notify/event-log.ts'
import { createVirtualClock } from '../../../../src/testing/virtual-clock.ts'

const AT = 1_700_000_000_000

/** What the log keeps of the details of one event. */
function kept(details: object): LogEntry | undefined {
  const log = createEventLog(createVirtualClock(AT))
  log.add('ended', details)
  return log.entries()[0]
}

test.each([
  ['initiator', 'this-tab'],
  ['by', 'other-tab'],
  ['reason', 'session-limit'],
  ['cause', 'idle'],
  ['outcome', 'renewed'],
  ['moment', 'left'],
  ['found', 'logged-out'],
  ['missing', 'locks'],
  ['to', 'plain-text'],
  ['to', 'a-word-of-twenty-letters'],
  ['ms', 12],
  ['ms', 0.5],
  ['status', 503],
  ['status', null],
  ['retryAt', AT],
  ['accessExpiresAt', AT],
  ['endsAt', null],
  ['locked', true],
  ['locked', false],
])('the detail %s: %s is kept', (name, value) => {
  expect(kept({ [name]: value })).toEqual({ at: AT, event: 'ended', [name]: value })
})

test.each<readonly [string, object]>([
  ['a subject', { subject: 'alice' }],
  ['an unknown name that ends as a known one', { xreason: 'idle' }],
  ['an unknown name that begins as a known one', { reasons: 'idle' }],
  ['a word of 25 letters', { reason: 'a'.repeat(25) }],
  ['an empty word', { reason: '' }],
  ['a word with a capital', { reason: 'Alice' }],
  ['a word with a digit', { reason: 'alice-1' }],
  ['a word before something else', { reason: 'idle alice@example.test' }],
  ['a word after something else', { reason: 'alice@example.test idle' }],
  ['a word on a line of its own', { reason: 'idle\nidle' }],
  ['a word that holds another detail', { subject: 'alice\nreason=idle' }],
  ['a URL', { to: 'https://app.test/?token=1' }],
  ['a number where a word belongs', { reason: 1 }],
  ['a word where a number belongs', { ms: 'alice' }],
  ['a number with a word behind it', { status: '503 alice' }],
  ['a negative number', { ms: -1 }],
  ['not a number', { ms: NaN }],
  ['a number where yes or no belongs', { locked: 1 }],
  ['yes with more behind it', { locked: 'trueish' }],
  ['nothing', { status: undefined }],
  ['an object that reads as a word', { reason: { toString: () => 'idle' } }],
  ['a list that reads as a word', { reason: ['idle'] }],
  ['a function', { reason: () => 'idle' }],
])('a detail that is %s is left out', (_, details) => {
  expect(kept({ ...details, by: 'this-tab' })).toEqual({
    at: AT,
    event: 'ended',
    by: 'this-tab',
  })
})

test('the log keeps the last hundred entries, oldest first, and hands out copies', async () => {
  const clock = createVirtualClock(AT)
  const log = createEventLog(clock)
  expect(log.entries()).toEqual([])
  const all: LogEntry[] = []
  for (let ms = 0; ms <= 100; ms++) {
    all.push({ at: AT + ms, event: 'refresh', ms })
    log.add('refresh', { ms })
    await clock.advance(1)
  }
  const entries = log.entries()
  expect(entries).toEqual(all.slice(1))
  log.add('ready', {})
  expect(entries).toEqual(all.slice(1))
})

test('a listener to the log is called with each entry as it is made, also with those that are dropped later', () => {
  const heard: LogEntry[] = []
  const log = createEventLog(createVirtualClock(AT), (entry) => heard.push(entry))
  for (let ms = 0; ms <= 100; ms++) log.add('refresh', { ms })
  expect(heard).toHaveLength(101)
  expect(heard[0]).toEqual({ at: AT, event: 'refresh', ms: 0 })
  expect(heard.slice(1)).toEqual(log.entries())
})
