import type { Clock, Page } from '../../ports.ts'
import type {
  ExtendResult,
  LogoutResult,
  SessionEvents,
  SessionWarning,
} from '../../session-state.ts'
import { createDeadline } from '../time/deadline.ts'
import type { EventQueue } from '../session/event-queue.ts'
import { endsAt, expiryOf, isInUse, limitDueAt, type Expiry } from '../record/expiry.ts'
import type { SessionRecord } from '../record/record.ts'
import type { SessionClock } from '../time/session-clock.ts'
import type { Siblings } from '../shared/siblings.ts'
import type { SignOut } from '../session/sign-out.ts'
import type { Tab } from '../session/tab.ts'

const AGAIN_MS = 1_000
// A renewal that is due may take this long before its user hears of the limit which it ought to have moved.
const RENEWING_MS = 5_000

/** Sees the end come: warns of it, calls the warning off, and ends the session. */
export interface ExpiryWatch {
  /** Time has passed unseen. */
  check(): void
  dispose(): void
}

/** Starts watching. Every tab derives the same from the same record: there is no leader, and no countdown. */
export function startExpiryWatch(deps: {
  readonly clock: Clock
  readonly page: Page
  readonly sessionClock: SessionClock
  readonly tab: Tab
  readonly siblings: Siblings
  readonly signOut: SignOut
  readonly events: EventQueue<Pick<SessionEvents, 'expiring' | 'extended'>>
  readonly warnMs: number
  readonly extend: () => Promise<ExtendResult>
  readonly logout: () => Promise<LogoutResult>
}): ExpiryWatch {
  const { clock, page, sessionClock, tab, siblings, signOut, events, warnMs, extend, logout } = deps
  let warned: { readonly session: string; readonly warning: SessionWarning } | null = null
  let isDisposed = false
  const next = createDeadline(clock, () => {
    // Which does nothing while its time is not up. Two clocks may be a hair apart, and an end not be written: then soon.
    void signOut.end().then(() => {
      if (!isDisposed) plan(AGAIN_MS)
    })
  })

  function leftMs(record: SessionRecord): number {
    return endsAt(record) - sessionClock.now()
  }

  function plan(earliestMs = 0): void {
    const { record } = tab
    const expiry = record?.status === 'logged-in' ? expiryOf(record) : null
    if (!record || !expiry) {
      callOff(record)
      return next.set(null)
    }
    const left = leftMs(record)
    const isQuiet = !warned && isBeingMoved(record, expiry)
    if (left > warnMs) callOff(record)
    else if (left > 0 && !isQuiet) warn(record, expiry)
    // Limits are in session time, which may run ahead of the wall clock.
    const waitMs = left > warnMs ? left - warnMs : isQuiet ? Math.min(left, AGAIN_MS) : left
    next.set(clock.now() + Math.max(waitMs, earliestMs))
  }

  /**
   * A limit that renewing moves is moved while somebody is there, not warned of; unless the server cannot be reached. A
   * warning that is open stays open until there is time again.
   */
  function isBeingMoved(record: SessionRecord, { cause }: Expiry): boolean {
    if (cause !== 'refresh-limit' || record.failures) return false
    const isDue = sessionClock.now() >= limitDueAt(record, warnMs) + RENEWING_MS
    return !isDue && limitDueAt(record, warnMs) < Infinity && isInUse(record)
  }

  function warn({ session }: SessionRecord, { at, cause, extendable }: Expiry): void {
    const endsAt = sessionClock.toWall(at)
    const open = warned?.warning
    const isOpen =
      warned?.session === session && open?.cause === cause && open.extendable === extendable
    const warning = { cause, endsAt, extendable, extend, logout }
    warned = { session, warning }
    tab.warn(warning)
    if (isOpen) return
    events.emit('expiring', warning)
    // The timers of hidden tabs are late; what they hear is not.
    if (page.isVisible()) siblings.hint()
  }

  function callOff(record: SessionRecord | null): void {
    if (!warned) return
    const { session } = warned
    warned = null
    tab.warn(null)
    if (record?.session === session) events.emit('extended', { endsAt: tab.state.endsAt })
  }

  const unwatch = tab.watch(() => plan())
  return {
    check: () => next.check(),
    dispose() {
      isDisposed = true
      unwatch()
      next.set(null)
    },
  }
}
