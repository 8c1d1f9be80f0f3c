import { expect, test } from 'vitest'
import { createEventQueue } from '../../../src/core/session/event-queue.ts'
import { opened } from '../../../src/core/record/record.ts'
import { createSessionClock } from '../../../src/core/time/session-clock.ts'
import { createTab } from '../../../src/core/session/tab.ts'
import { createVirtualClock } from '../../../src/testing/virtual-clock.ts'

test('tokens that come for a session which is over meanwhile are not held', () => {
  const clock = createVirtualClock()
  const tab = createTab({
    id: 'tab',
    clock,
    sessionClock: createSessionClock(clock),
    events: createEventQueue(
      () => undefined,
      () => undefined,
    ),
    leadMs: 60_000,
    chance: () => 0.5,
  })
  const last = opened(null, { session: 'alice', key: 'K' }, 1)
  const next = opened(last, { session: 'bob', key: 'K' }, 2)
  const tokens = (accessToken: string) => ({ accessToken })

  tab.observe(last, 'this-tab')
  tab.observe(next, 'other-tab', tokens('secret-bob'))
  tab.hold(last, tokens('secret-alice'))
  expect(tab.held).toMatchObject({ session: 'bob', tokens: tokens('secret-bob') })
})
