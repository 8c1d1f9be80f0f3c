import { isSameGeneration } from '../record/further-on.ts'
import type { SessionRecord } from '../record/record.ts'
import { claimed } from '../record/transitions.ts'
import type { Tab } from '../session/tab.ts'
import type { Writer } from '../shared/ledger.ts'
import type { Time } from '../time/time.ts'
import type { Attempts } from './attempts.ts'

/**
 * Notes in the record that this tab refreshes now. Resolves to `false` while another tab does, or while the answer to a tab
 * that has gone may still come.
 */
export type Claim = (record: SessionRecord, writer: Writer, hasLock: boolean) => Promise<boolean>

/** Creates the claim of one tab, for where no lock (L0) or no idempotency key (O1) keeps the other tabs from trying too. */
export function createClaim(deps: {
  readonly time: Time
  readonly tab: Tab
  readonly attempts: Attempts
  /** Whether this browser has locks at all. Where it only refuses them, a server that may be asked twice is. */
  readonly hasLocks: boolean
}): Claim {
  const { time, tab, attempts, hasLocks } = deps

  return async function claim(record, { write }, hasLock) {
    if (hasLocks && attempts.mayRepeat(record)) return true
    const { absences } = tab
    const attempt = { by: tab.id, startedAt: time.now() }
    const claimMs = attempts.claimMs(record, hasLock)
    const { outcome } = await write(
      (current) =>
        isSameGeneration(current, record) ? claimed(current, attempt, claimMs) : undefined,
      { quiet: true },
    )
    // If the page was frozen meanwhile, another tab may have taken the claim over.
    return outcome === 'written' && tab.absences === absences
  }
}
