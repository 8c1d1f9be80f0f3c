import { isSameGeneration } from '../record/further-on.ts'
import type { SessionRecord } from '../record/record.ts'
import { claimed } from '../record/transitions.ts'
import type { Tab } from '../session/tab.ts'
import type { Writer } from '../shared/ledger.ts'
import type { Time } from '../time/time.ts'

const ATTEMPT_MS = 10_000
const LEASE_MS = 15_000

/** Notes in the record that this tab refreshes now. Resolves to `false` while another tab does. */
export type Claim = (record: SessionRecord, writer: Writer) => Promise<boolean>

/** Creates the claim of one tab, for where no lock (L0) or no idempotency key (O1) keeps the other tabs from trying too. */
export function createClaim(deps: {
  readonly time: Time
  readonly tab: Tab
  readonly hasLocks: boolean
}): Claim {
  const { time, tab, hasLocks } = deps
  const claimMs = hasLocks ? ATTEMPT_MS : LEASE_MS

  return async function claim(record, { write }) {
    const { absences } = tab
    const attempt = { by: tab.id, startedAt: time.now() }
    const { outcome } = await write(
      (current) =>
        isSameGeneration(current, record) ? claimed(current, attempt, claimMs) : undefined,
      { quiet: true },
    )
    // If the page was frozen meanwhile, another tab may have taken the claim over.
    return outcome === 'written' && tab.absences === absences
  }
}
