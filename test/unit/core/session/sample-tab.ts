import type { SessionRecord } from '../../../../src/core/record/record.ts'
import { createTab, type RecordChange, type Tab } from '../../../../src/core/session/tab.ts'
import { createTime, type Time } from '../../../../src/core/time/time.ts'
import { createVirtualClock, type VirtualClock } from '../../../../src/testing/virtual-clock.ts'
import type { Tokens } from '../../../../src/tokens.ts'
import { BEGAN_AT, sampleRecord } from '../record/sample.ts'

/** A session, a renewal of it, and the session of another user that follows. */
export const alice: SessionRecord = sampleRecord({ subject: 'alice' })
export const second: SessionRecord = { ...alice, generation: 2 }
export const bob: SessionRecord = sampleRecord(
  { subject: 'bob' },
  { session: 'T', epoch: alice.epoch + 1 },
)

/** Tokens of which only the access token matters. */
export const tokens = (accessToken: string): Tokens => ({ accessToken })

/** A tab, and what it has told. */
export interface SampleTab {
  readonly clock: VirtualClock
  readonly time: Time
  readonly tab: Tab
  /** Each state of the session that the application was shown. */
  readonly states: string[]
  readonly changes: RecordChange[]
}

/** A tab that has found out that there is no session, or that is still looking. */
export function sampleTab(
  isRestoring = false,
  clock: VirtualClock = createVirtualClock(BEGAN_AT),
): SampleTab {
  const states: string[] = []
  const changes: RecordChange[] = []
  const time = createTime(clock)
  const tab = createTab({
    id: 'tab 1',
    time,
    leadMs: 60_000,
    chance: () => 0.5,
    onRecord: (change) => changes.push(change),
    onState: () => states.push(tab.state.status),
  })
  if (!isRestoring) tab.settle()
  return { clock, time, tab, states, changes }
}
