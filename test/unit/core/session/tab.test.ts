import { expect, test } from 'vitest'
import { opened } from '../../../../src/core/record/transitions.ts'
import { createTab } from '../../../../src/core/session/tab.ts'
import { wallMs } from '../../../../src/core/time/moments.ts'
import { createTime } from '../../../../src/core/time/time.ts'
import { createVirtualClock } from '../../../../src/testing/virtual-clock.ts'

test('tokens of a session that has ended meanwhile are not held', () => {
  const tab = createTab({
    id: 'tab',
    time: createTime(createVirtualClock()),
    leadMs: 60_000,
    chance: () => 0.5,
    onRecord: () => undefined,
    onState: () => undefined,
  })
  const last = opened(null, { session: 'alice', key: 'K' }, wallMs(1))
  const next = opened(last, { session: 'bob', key: 'K' }, wallMs(2))
  const tokens = (accessToken: string) => ({ accessToken })

  tab.observe(last, 'this-tab')
  tab.observe(next, 'other-tab', tokens('secret-bob'))
  tab.hold(last, tokens('secret-alice'))
  expect(tab.held).toMatchObject({ session: 'bob', tokens: tokens('secret-bob') })
})
