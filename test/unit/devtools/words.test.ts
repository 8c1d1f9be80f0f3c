import { describe, expect, test } from 'vitest'
import { lanesOf } from '../../../src/devtools/model/lanes.ts'
import { serverBeliefs } from '../../../src/devtools/model/server-beliefs.ts'
import { storyOf } from '../../../src/devtools/model/story.ts'
import { durationOf, inWords, REASONS, summaryOf } from '../../../src/devtools/model/words.ts'
import type { EndReason } from '../../../src/index.ts'
import { entry, logged, opened, telling } from './entries.ts'

const begun = { until: null, outcome: null } as const

test.each([
  [
    entry(1, 'call', 1_000, { method: 'GET', path: '/api/me', status: 200 }, { until: 1_034 }),
    '1 s Tab 1 (this one): GET /api/me: 200, 34 ms',
  ],
  [
    entry(2, 'call', 1_000, { method: 'POST', status: 200, replayed: true }, { until: 1_034 }),
    '1 s Tab 2: POST, sent again: 200, 34 ms',
  ],
  [
    entry(2, 'renewal', 1_000, {}, { until: 3_000, outcome: 'lost' }),
    '1 s Tab 2: asks the server for a new token: no answer, 2000 ms',
  ],
  [entry(2, 'queue', 1_000, {}, begun), '1 s Tab 2: waits for the lock, under way'],
  [
    entry(2, 'token', 1_000, { by: 'other-tab', forMs: 600_000 }, { until: 9_000 }),
    '1 s Tab 2: token of another tab, good for 10 min',
  ],
  [
    entry(2, 'warning', 1_000, { cause: 'idle' }, { until: 61_000 }),
    '1 s Tab 2: warned: the user does not seem to be there',
  ],
  [
    logged(2, 1_000, 'ended', { reason: 'idle', initiator: 'other-tab' }),
    '1 s Tab 2: ended: the user was not active for too long, by another tab',
  ],
  [logged(2, 1_000, 'refresh-failed', { status: 503 }), '1 s Tab 2: no new token (status 503)'],
  [
    logged(2, 1_000, 'degraded', { missing: 'record', to: 'memory' }),
    '1 s Tab 2: does without: IndexedDB does not work, so each tab has a record of its own',
  ],
  [
    entry(2, 'mishap', 1_000, { mishap: 'clock', ahead: 3_600_000 }),
    '1 s Tab 2: mishap: the clock was moved on by 1 h',
  ],
  [
    entry(2, 'mishap', 1_000, { mishap: 'offline', on: false }),
    '1 s Tab 2: mishap over: no request is sent',
  ],
])('an entry in words: %#', (each, words) => {
  expect(inWords(each, telling)).toBe(words)
})

test('every reason that the library knows has words of its own', () => {
  const reasons: Record<EndReason, true> = {
    logout: true,
    idle: true,
    'session-limit': true,
    'refresh-rejected': true,
    'reuse-detected': true,
    revoked: true,
    'user-switched': true,
    'storage-cleared': true,
  }
  expect(Object.keys(REASONS).sort()).toEqual(Object.keys(reasons).sort())
})

test.each([
  [400, '400 ms'],
  [3_000, '3 s'],
  [60_000, '1 min'],
  [545_000, '9 min 5 s'],
  [3_600_000, '1 h'],
  [7 * 86_400_000, '7 days'],
])('%i ms are told as %s', (ms, words) => {
  expect(durationOf(ms)).toBe(words)
})

test('the summary has a sentence for each tab', () => {
  const lanes = lanesOf([
    opened(1, 0),
    entry(1, 'token', 0, { by: 'this-tab' }, { until: 2_000_000 }),
    entry(1, 'renewal', 0),
    opened(2, 0, 50_000),
    logged(2, 40_000, 'ended', { reason: 'logout', initiator: 'server' }),
  ])
  expect(summaryOf(lanes, telling)).toBe(
    'Timeline of 2 tabs. Tab 1 (this one): has a good token, 1 renewal, no calls. ' +
      'Tab 2: gone, no renewals, no calls; last: ended: the user logged out, by the server.',
  )
})

describe('the story', () => {
  const story = (...entries: Parameters<typeof lanesOf>[0][]): string =>
    storyOf(lanesOf(entries.flatMap((each) => [...each])), telling).join(' ')
  const end = (tab: number, at: number, reason: EndReason, initiator: string) =>
    logged(tab, at, 'ended', { reason, initiator })

  test('of a user who was away names the last activity, the warning, and how the other tabs learned', () => {
    expect(
      story([
        opened(1, 0),
        opened(2, 0),
        logged(1, 1_000, 'started', { initiator: 'this-tab' }),
        entry(2, 'activity', 10_000, {}, { until: 12_000, outcome: 'quiet' }),
        entry(1, 'warning', 52_000, { cause: 'idle' }, { until: 72_000, outcome: 'quiet' }),
        end(2, 72_000, 'idle', 'other-tab'),
        end(1, 72_000, 'idle', 'this-tab'),
      ]),
    ).toBe(
      'The user was signed out at 72 s, because the user was not active for too long. Tab 1 (this one) ended it. ' +
        '1 other tab followed within 0 ms. The last activity was at 12 s, in Tab 2. ' +
        'The user had been warned 20 s before.',
    )
  })

  test('of a limit says if no tab has warned', () => {
    expect(story([opened(1, 0), end(1, 9_000, 'session-limit', 'this-tab')])).toContain(
      'No tab had warned before',
    )
  })

  test('of a refusal names the request that was refused, and the mishaps before it', () => {
    const words = story([
      opened(1, 0),
      entry(1, 'mishap', 500, { mishap: 'offline', on: true }),
      entry(2, 'renewal', 8_000, { status: 401 }, { until: 8_200, outcome: 'bad' }),
      end(2, 8_200, 'reuse-detected', 'server'),
      end(1, 8_240, 'reuse-detected', 'other-tab'),
    ])
    expect(words).toContain('because a spent refresh token was shown again, as a thief would.')
    expect(words).toContain('The server said so to Tab 2. 1 other tab followed within 40 ms.')
    expect(words).toContain('was sent by Tab 2 at 8 s, and was answered 401.')
    expect(words).toContain('At 0.5 s a developer had caused a mishap: no request is sent.')
  })

  test('of a session that goes on says since when, and who renewed last', () => {
    expect(
      story([
        opened(1, 0),
        logged(1, 1_000, 'started', { initiator: 'restored' }),
        entry(1, 'renewal', 5_000, { status: 200 }),
        entry(2, 'renewal', 9_000, { status: 200 }),
        entry(2, 'renewal', 12_000, {}, { outcome: 'lost' }),
        logged(2, 12_000, 'refresh-failed', { status: null }),
      ]),
    ).toBe(
      'The user is signed in since 1 s, as far as these tabs have seen. ' +
        'The token was renewed 2 times, the last time at 9 s by Tab 2. ' +
        'No new token could be had once, the last time at 12 s: no new token (no answer).',
    )
  })

  test('tells an end before the session that began after it', () => {
    const words = story([
      opened(1, 0),
      end(1, 1_000, 'logout', 'this-tab'),
      logged(1, 90_000, 'started', { initiator: 'this-tab' }),
    ])
    expect(words).toMatch(/^The user was signed out at 1 s, because the user logged out\./)
    expect(words).toContain('The user is signed in again since 90 s')
  })

  test('of nothing says so', () => {
    expect(story([opened(1, 0)])).toBe('Nothing has happened yet.')
    expect(story([opened(1, 0), logged(1, 5, 'ready', { found: 'logged-out' })])).toBe(
      'No user has signed in, as far as these tabs have seen.',
    )
  })

  test('names a tab that was lost, and what the browser lacks', () => {
    const words = story([
      entry(2, 'tab', 0, {}, { until: 5_000, outcome: 'lost' }),
      logged(1, 10, 'degraded', { missing: 'locks', to: 'lease' }),
    ])
    expect(words).toContain('Tab 2 (page page2) was gone without a word.')
    expect(words).toContain('This browser does without: there are no Web Locks')
  })
})

describe('what the server is believed to keep', () => {
  const state = (detail: object) => entry(1, 'state', 0, { ...detail })
  const of = (...entries: Parameters<typeof lanesOf>[0][]): string =>
    serverBeliefs(lanesOf(entries.flatMap((each) => [...each]))).join(' ')

  test('is told by its numbers: then it repeats its answers', () => {
    const words = of([opened(1, 0), state({ seq: 7, idempotent: null })])
    expect(words).toContain('the newest that is known is number 7.')
    expect(words).toContain('is sent again: the server repeats its answer, as the last answer')
  })

  test('is what the transport says, if it says something', () => {
    expect(of([opened(1, 0), state({ seq: 7, idempotent: false })])).toContain(
      'is not sent again while its answer may still come: the server could take that for theft, as the transport says.',
    )
  })

  test('comes with how long its answers took', () => {
    const took = (ms: number) => entry(1, 'renewal', 1_000, {}, { until: 1_000 + ms })
    expect(of([opened(1, 0), took(30), took(2_000), took(50)])).toBe(
      '3 renewals answered, in 30 ms to 2 s; half of them within 50 ms.',
    )
  })
})
