import { isSessionError } from '../../errors.ts'
import type { Page } from '../../ports.ts'
import type { Transport } from '../../transport.ts'
import { isSameGeneration } from '../record/further-on.ts'
import type { Attempt, SessionRecord } from '../record/record.ts'
import { claimed } from '../record/transitions.ts'
import type { Tab } from '../session/tab.ts'
import type { Writer } from '../shared/ledger.ts'
import type { SharedRecord } from '../shared/shared-record.ts'
import type { Time } from '../time/time.ts'

const WAIT_MS = 10_000
// Longer than any server takes: a token that is given up too early is one that the next attempt shows a second time.
const PATIENT_WAIT_MS = 30_000
const LEASE_MS = 5_000
// For how long the answer to a tab that has gone is waited for: beyond the longest so far, as long again up to ten seconds.
const GONE_MS = 3_000
const UNKNOWN_GONE_MS = 10_000
// A page that is opened for the first time finds no session as a rule, and its user waits for that.
const FIRST_GONE_MS = 6_000

/** How a refresh has failed: without a status if no answer came. */
interface Failure {
  readonly status?: number | undefined
  readonly cause?: unknown
}

/** How a refresh may be attempted, by what the server can do. */
export interface Attempts {
  /**
   * Whether a refresh may be sent again while an answer to it may still come. A server that numbers its refresh tokens knows
   * idempotency keys as well. Any other is taken for one that ends the session when it sees a token twice (O1).
   */
  mayRepeat(record: SessionRecord): boolean
  /**
   * Whether the claim of a refresh holds after the request has failed: its answer may still bring a cookie. A page that is
   * reloaded sees its request fail before it hears that it leaves.
   */
  mayArrive(record: SessionRecord, failure: Failure): boolean
  /** For how long an answer is waited for. */
  waitMs(record: SessionRecord, hasLock: boolean): number
  /**
   * For how long another tab's claim in `record` holds. Without a lock nothing tells whether that tab is still there, so it is
   * given the time for which it waits for its answer. With the lock, it has gone: closed, frozen or cached. The answer to a
   * request with a cookie arrives all the same, so it is waited for as long as answers of this session have been seen to take,
   * and more: ten seconds at most, or three more than the longest answer took. Before the first answer of a session: ten
   * seconds, and six if it is not known whether a user is signed in.
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
    mayArrive(record, { status, cause }) {
      const isCutOff = status === undefined && !isSessionError(cause, 'invalid_response')
      return isCutOff && isCookie && record.status === 'logged-in' && !mayRepeat(record)
    },
    waitMs,
    claimMs({ attempt, answerMs, status }, hasLock) {
      if (!hasLock) return (attempt?.waitMs ?? WAIT_MS) + LEASE_MS
      if (!isCookie) return UNKNOWN_GONE_MS
      if (typeof answerMs !== 'number')
        return status === 'unknown' ? FIRST_GONE_MS : UNKNOWN_GONE_MS
      return GONE_MS + Math.max(answerMs, Math.min(2 * answerMs, UNKNOWN_GONE_MS - GONE_MS))
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
  readonly page: Pick<Page, 'cookie'>
  readonly hintCookie: Transport['hintCookie']
  readonly tab: Tab
  readonly shared: Pick<SharedRecord, 'peek'>
  readonly attempts: Attempts
  /** Whether this browser has locks at all. Where it only refuses them, a server that may be asked twice is. */
  readonly hasLocks: boolean
}): Claim {
  const { time, page, hintCookie, tab, shared, attempts, hasLocks } = deps
  let seen: { readonly of: string; readonly ageMs: number; readonly at: number } | undefined

  /** The age of another tab's claim. Once this tab has seen it, that counts while the computer is awake, whatever its clock is set to. */
  function ageMs({ by, startedAt }: Attempt): number {
    const of = `${by} ${startedAt}`
    if (seen?.of !== of)
      seen = { of, ageMs: Math.max(time.now() - startedAt, 0), at: time.uptime() }
    return seen.ageMs + time.uptime() - seen.at
  }

  function isOpen(other: Attempt | undefined, claimMs: number): boolean {
    if (!other || other.by === tab.id || ageMs(other) >= claimMs) return true
    // The answer to it has arrived, and set the cookie that tells of the one that script cannot read.
    const now = hint()
    return now !== undefined && other.hint !== undefined && other.hint !== now
  }

  /** `undefined` also where no cookie can be read: in a worker, in a sandboxed frame. */
  function hint(): number | undefined {
    const value = hintCookie === undefined ? undefined : page.cookie(hintCookie)
    return value === undefined ? undefined : fingerprint(value)
  }

  return async function claim(record, { write }, hasLock) {
    if (hasLocks && attempts.mayRepeat(record)) return true
    const { absences } = tab
    const waitMs = attempts.waitMs(record, hasLock)
    const attempt = { by: tab.id, startedAt: time.now(), waitMs, hint: hint() }
    const { outcome } = await write(
      (current) => {
        if (!isSameGeneration(current, record)) return undefined
        // A tab whose IndexedDB has failed could write its claim to the mirror only.
        const mirrored = shared.peek()
        const other = isSameGeneration(mirrored, record) ? mirrored.attempt : undefined
        const known = { ...current, attempt: laterOf(current.attempt, other) }
        return isOpen(known.attempt, attempts.claimMs(known, hasLock))
          ? claimed(current, attempt)
          : undefined
      },
      { quiet: true },
    )
    // If the page was frozen meanwhile, another tab may have taken the claim over.
    return outcome === 'written' && tab.absences === absences
  }
}

function laterOf(a: Attempt | undefined, b: Attempt | undefined): Attempt | undefined {
  return a && b ? (b.startedAt > a.startedAt ? b : a) : (a ?? b)
}

/** Tells two values of a cookie apart, without writing either into the record (FNV-1a). */
function fingerprint(value: string): number {
  let hash = 0x811c9dc5
  for (const unit of value) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193)
  return hash
}
