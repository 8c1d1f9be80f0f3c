import { expect, test } from 'vitest'
import { startDiagnosis, type Diagnosis } from '../../../../src/core/notify/diagnostics.ts'
import type { LogEntry } from '../../../../src/core/notify/event-log.ts'
import type { RefreshResult } from '../../../../src/core/refresh/refresher.ts'
import { sessionOver } from '../../../../src/core/session/scope.ts'
import { sessionMs, wallMs } from '../../../../src/core/time/moments.ts'
import { openLoneTab } from '../../../../src/testing/lone-tab.ts'
import { createVirtualClock, type VirtualClock } from '../../../../src/testing/virtual-clock.ts'

const NAME = 'latchkey:https://app.test/auth'
const AT = 1_700_000_000_000

interface Setup {
  readonly clock: VirtualClock
  readonly diagnosis: Diagnosis
  readonly logged: LogEntry[]
  readonly measured: unknown[]
}

/** The diagnostics of a page whose browser has locks, or has none. */
function setUp(hasLocks = true): Setup {
  const clock = createVirtualClock(AT)
  const logged: LogEntry[] = []
  const measured: unknown[] = []
  const { ports } = openLoneTab()
  const diagnosis = startDiagnosis(
    {
      name: NAME,
      ports: {
        ...ports,
        clock,
        locks: hasLocks ? ports.locks : null,
        measure: (...span) => measured.push(span),
      },
      origins: [],
    },
    (entry) => logged.push(entry),
  )
  return { clock, diagnosis, logged, measured }
}

test.each<readonly [string, string, object | undefined, object | undefined]>([
  ['an end is logged', 'ended', { reason: 'idle' }, { at: AT, event: 'ended', reason: 'idle' }],
  ['a change of state is not an event of its own', 'change', undefined, undefined],
  ['what the server has pushed may hold anything', 'server-event', { reason: 'idle' }, undefined],
])('%s: %s', (_, event, payload, expected) => {
  const { diagnosis, logged } = setUp()
  diagnosis.onEvent(event, payload)
  expect(logged).toEqual(expected ? [expected] : [])
})

const held: RefreshResult = {
  held: {
    session: 'S',
    generation: 2,
    tokens: { accessToken: 'access' },
    renewAt: sessionMs(Infinity),
    expiresAt: sessionMs(Infinity),
  },
}

test.each<readonly [string, RefreshResult]>([
  ['renewed', held],
  ['over', { over: sessionOver(null) }],
  ['unavailable', { retryAt: wallMs(AT + 200) }],
])('a refresh is logged as %s by what it came to', (outcome, result) => {
  const { diagnosis, logged, measured } = setUp()
  diagnosis.onRefresh()(result)
  const detail = { outcome, by: 'other-tab', locked: false }
  expect(logged).toEqual([{ at: AT, event: 'refresh', ...detail, ms: 0 }])
  expect(measured).toEqual([['latchkey:refresh', 0, detail]])
})

test.each([
  ['with locks', true],
  ['without locks', false],
])(
  'a refresh that this tab made is logged as its own, and the next one is not, %s',
  async (_, hasLocks) => {
    const { clock, diagnosis, logged } = setUp(hasLocks)
    const first = diagnosis.onRefresh()
    await diagnosis.ports.locks?.run(NAME, () => Promise.resolve(), new AbortController().signal)
    diagnosis.onAsk()
    await clock.advance(10.6)
    first(held)
    diagnosis.onRefresh()(held)
    expect(logged).toMatchObject([
      { by: 'this-tab', locked: hasLocks, ms: 11 },
      { by: 'other-tab', locked: false, ms: 0 },
    ])
  },
)
