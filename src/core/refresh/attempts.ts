import type { Transport } from '../../transport.ts'
import { isSameGeneration } from '../record/further-on.ts'
import type { SessionRecord } from '../record/record.ts'
import { claimed } from '../record/transitions.ts'
import type { Tab } from '../session/tab.ts'
import type { Writer } from '../shared/ledger.ts'
import type { Time } from '../time/time.ts'

const WAIT_MS = 10_000
// Longer than any server takes: a token that is given up too early is one that the next attempt shows a second time.
const PATIENT_WAIT_MS = 30_000
const LEASE_MS = 5_000
const LONGEST_GONE_MS = 10_000
const GONE_MS = 3_000

/** How a refresh may be attempted, by what the server can do. */
export interface Attempts {
  /**
   * Whether a refresh may be sent again while an answer to it may still come. A server that numbers its refresh tokens knows
   * idempotency keys as well. Any other is taken for one that ends the session when it sees a token twice (O1).
   */
  mayRepeat(record: SessionRecord): boolean
  /** For how long an answer is waited for. */
  waitMs(record: SessionRecord, hasLock: boolean): number
  /**
   * For how long another tab's claim in `record` holds. Without a lock nothing tells whether that tab is still there, so it is
   * given the time for which it waits for its answer. With the lock, it has gone: closed, frozen or cached. The answer to a
   * request with a cookie arrives all the same, so it is waited for as long as answers of this session have been seen to take,
   * and more.
   */
  claimMs(record: SessionRecord, hasLock: boolean): number
}

/** Creates the rules for the attempts of one session. */
export function createAttempts({
  idempotent,
  storage,
}: Pick<Transport, 'idempotent' | 'storage'>): Attempts {
  const mayRepeat = ({ seq }: SessionRecord): boolean => idempotent ?? seq !== null
  const waitMs = (record: SessionRecord, hasLock: boolean): number =>
    hasLock && !mayRepeat(record) ? PATIENT_WAIT_MS : WAIT_MS
  const isCookie = storage.kind === 'memory'

  return {
    mayRepeat,
    waitMs,
    claimMs({ attempt, answerMs }, hasLock) {
      if (!hasLock) return (attempt?.waitMs ?? WAIT_MS) + LEASE_MS
      const isKnown = isCookie && typeof answerMs === 'number'
      return isKnown ? Math.min(2 * answerMs + GONE_MS, LONGEST_GONE_MS) : LONGEST_GONE_MS
    },
  }
}

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
    const waitMs = attempts.waitMs(record, hasLock)
    const attempt = { by: tab.id, startedAt: time.now(), waitMs }
    const { outcome } = await write(
      (current) =>
        isSameGeneration(current, record)
          ? claimed(current, attempt, attempts.claimMs(current, hasLock))
          : undefined,
      { quiet: true },
    )
    // If the page was frozen meanwhile, another tab may have taken the claim over.
    return outcome === 'written' && tab.absences === absences
  }
}
