import type { Ledger } from '../shared/ledger.ts'
import type { Time } from '../time/time.ts'
import type { SignOut } from './sign-out.ts'
import type { Tab } from './tab.ts'

/** Looks at the record, shows this tab what is new, and ends a session whose time is up. */
export type Look = () => Promise<void>

/** Creates the look of one tab. */
export function createLook(deps: {
  readonly time: Time
  readonly tab: Tab
  readonly ledger: Ledger
  readonly signOut: SignOut
}): Look {
  const { time, tab, ledger, signOut } = deps

  return async function look() {
    const { absences } = tab
    const lookedAt = time.sessionNow()
    // A session whose time is up is ended before it is shown.
    await ledger.look(signOut.endIfExpired)
    // What was read before the page was frozen says nothing about the time after.
    if (tab.absences !== absences) return await look()
    tab.trust(lookedAt)
  }
}
