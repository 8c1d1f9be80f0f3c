import type { Clock } from '../../ports.ts'
import type { SharedRecord } from '../shared/shared-record.ts'
import type { SignOut } from './sign-out.ts'
import type { Tab } from './tab.ts'

/** Looks at the record, tells what is new, and ends the session if its time is up. */
export type Look = () => Promise<void>

/** Creates the look of one tab. */
export function createLook(deps: {
  readonly clock: Clock
  readonly tab: Tab
  readonly shared: SharedRecord
  readonly end: SignOut['end']
}): Look {
  const { clock, tab, shared, end } = deps

  return async function look() {
    const { absences, record: before } = tab
    const lookedAt = clock.now()
    const record = await shared.look()
    // What is over is ended before it is shown.
    await end(undefined, record)
    // That storage was cleared is no news of a session that has begun meanwhile.
    if (record || tab.record?.session === before?.session) tab.observe(record, 'other-tab')
    // What was read before the page stood still says nothing about the time after.
    if (tab.absences !== absences) return await look()
    tab.trust(lookedAt)
  }
}
