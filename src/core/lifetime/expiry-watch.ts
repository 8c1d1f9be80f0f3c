import type { Page } from '../../ports.ts'
import type {
  ExtendResult,
  LogoutResult,
  SessionEvents,
  SessionWarning,
} from '../../session-state.ts'
import { expiryOf, type Expiry } from '../record/expiry.ts'
import type { SessionRecord } from '../record/record.ts'
import { isInUse, limitDueAt } from '../record/renew-ahead.ts'
import type { EventQueue } from '../notify/event-queue.ts'
import type { Tab } from '../session/tab.ts'
import type { Siblings } from '../shared/siblings.ts'
import { createDeadline } from '../time/deadline.ts'
import { plus } from '../time/moments.ts'
import type { Time } from '../time/time.ts'

const AGAIN_MS = 1_000
// A renewal that is due may take this long before the user is warned of the limit that it is about to move.
const RENEWING_MS = 5_000

/** Sees the end come: opens a warning, closes it, and ends the session. */
export interface ExpiryWatch {
  /** Time has passed unseen. */
  check(): void
  dispose(): void
}

/** Starts watching. Every tab derives the same from the same record: there is no leader, and no countdown is shared. */
export function startExpiryWatch(deps: {
  readonly time: Time
  readonly page: Page
  readonly tab: Tab
  readonly siblings: Siblings
  readonly events: Pick<EventQueue<Pick<SessionEvents, 'expiring' | 'extended'>>, 'emit'>
  readonly warnMs: number
  /** Ends a session whose time is up. */
  readonly end: () => Promise<void>
  readonly extend: () => Promise<ExtendResult>
  readonly logout: () => Promise<LogoutResult>
}): ExpiryWatch {
  const { time, page, tab, siblings, events, warnMs, end, extend, logout } = deps
  let warned: { readonly session: string; readonly warning: SessionWarning } | null = null
  let isDisposed = false
  const next = createDeadline(time, () => {
    // If time is not up (the two clocks may be a hair apart), or the end could not be written: again soon.
    void end().then(() => {
      if (!isDisposed) plan(AGAIN_MS)
    })
  })

  function plan(earliestMs = 0): void {
    const { record } = tab
    const expiry = record?.status === 'logged-in' ? expiryOf(record) : null
    if (!record || !expiry) {
      closeWarning(record)
      return next.set(null)
    }
    const left = expiry.at - time.sessionNow()
    const isQuiet = !warned && isBeingMoved(record, expiry)
    if (left > warnMs) closeWarning(record)
    else if (left > 0 && !isQuiet) warn(record, expiry)
    const waitMs = left > warnMs ? left - warnMs : isQuiet ? Math.min(left, AGAIN_MS) : left
    next.set(plus(time.now(), Math.max(waitMs, earliestMs)))
  }

  /**
   * A limit that renewing moves is moved while the user is active, without a warning; unless the server cannot be
   * reached. A warning that is open stays open until there is time again.
   */
  function isBeingMoved(record: SessionRecord, { cause }: Expiry): boolean {
    if (cause !== 'refresh-limit' || record.failures) return false
    const dueAt = limitDueAt(record, warnMs)
    return dueAt < Infinity && time.sessionNow() < plus(dueAt, RENEWING_MS) && isInUse(record)
  }

  function warn({ session }: SessionRecord, { at, cause, extendable }: Expiry): void {
    const endsAt = time.toWall(at)
    const open = warned?.warning
    const isOpen =
      warned?.session === session && open?.cause === cause && open.extendable === extendable
    const warning = { cause, endsAt, extendable, extend, logout }
    warned = { session, warning }
    tab.warn(warning)
    if (isOpen) return
    events.emit('expiring', warning)
    // The timers of hidden tabs are late; messages to them are not.
    if (page.isVisible()) siblings.wake()
  }

  function closeWarning(record: SessionRecord | null): void {
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
