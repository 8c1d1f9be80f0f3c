import { expect, test } from 'vitest'
import { createSendTime } from '../../../../src/core/refresh/send-time.ts'
import { createTime } from '../../../../src/core/time/time.ts'
import { createVirtualClock, type VirtualClock } from '../../../../src/testing/virtual-clock.ts'

const WAIT_MS = 10_000

type Step = (clock: VirtualClock) => unknown
const pass: Step = (clock) => clock.advance(4_000)
const passTheWait: Step = (clock) => clock.advance(WAIT_MS)
const sleep: Step = (clock) => clock.sleep(3_600_000)
const setBack: Step = (clock) => clock.step(-3_600_000)

/** What a send time says after these steps, one of which may be the sending; each moment as milliseconds before now. */
async function after(steps: readonly (Step | 'send')[]) {
  const clock = createVirtualClock()
  const time = createTime(clock)
  const sendTime = createSendTime(time, WAIT_MS)
  for (const step of steps) {
    if (step === 'send') sendTime.onSend()
    else await step(clock)
  }
  const { wall, session } = sendTime.startedAt()
  return {
    wasSent: sendTime.wasSent(),
    wallAgoMs: time.now() - wall,
    sessionAgoMs: time.sessionNow() - session,
  }
}

test.each([
  ['from when it was sent', ['send', pass], 4_000],
  [
    'from when it was sent, however long before it was prepared',
    [passTheWait, 'send', pass],
    4_000,
  ],
  ['from when it was sent again', ['send', pass, 'send', pass], 4_000],
  [
    'from when it was sent, if that is as long ago as an answer is waited for',
    ['send', passTheWait],
    10_000,
  ],
  ['from no longer ago than that if the computer slept', ['send', sleep], 10_000],
  ['from when it was sent again after the computer slept', ['send', sleep, 'send', pass], 4_000],
] as const)('the lifetimes in an answer count %s', async (_, steps, ms) => {
  expect(await after(steps)).toEqual({ wasSent: true, wallAgoMs: ms, sessionAgoMs: ms })
})

test('by session time they count from then also if the system clock was set back meanwhile', async () => {
  expect(await after(['send', pass, setBack])).toMatchObject({ sessionAgoMs: 4_000 })
})

test('a request that was prepared, and not sent, has not been sent', async () => {
  expect(await after([pass])).toMatchObject({ wasSent: false })
})
