import { inSession } from '../record/record.ts'
import { aheadBy } from '../record/transitions.ts'
import type { Ledger } from '../shared/ledger.ts'
import type { Time } from '../time/time.ts'
import type { Tab } from './tab.ts'

// The system clock is corrected by less than that all the time.
const TOLERANCE_MS = 2_000

/**
 * Keeps in the record how far session time is ahead of the system clock, so that a tab that is opened after that was set
 * back knows of the time before (E4). A tab that finds the clock set back does not know how much time had passed; it writes
 * what it knows, and a tab that has been there longer corrects it.
 */
export function keepTime(deps: {
  readonly time: Time
  readonly tab: Tab
  readonly ledger: Ledger
}): void {
  const { time, tab, ledger } = deps

  tab.watch(() => {
    const { record } = tab
    if (record?.status !== 'logged-in') return
    const aheadMs = time.sessionNow() - time.now()
    // It is never less than the record says: this tab has followed that, and session time advances at least as the system clock.
    if (aheadMs - (record.aheadMs ?? 0) > TOLERANCE_MS)
      void ledger.write(inSession(record.session, (current) => aheadBy(current, aheadMs)))
  })
}
