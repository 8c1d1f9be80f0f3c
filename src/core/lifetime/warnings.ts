import type { Ports } from '../../ports.ts'
import type { LogoutResult, SessionEvents, SessionWarning } from '../../session-state.ts'
import { expiryOf, isExpired, type Expiry } from '../record/expiry.ts'
import { inSession, type SessionRecord } from '../record/record.ts'
import { isInUse, limitDueAt } from '../record/renew-ahead.ts'
import { warnedFrom } from '../record/transitions.ts'
import type { EventQueue } from '../notify/event-queue.ts'
import type { Siblings } from '../shared/siblings.ts'
import { plus } from '../time/moments.ts'
import { createExtend, type Extend, type ExtendDeps } from './extend.ts'

const AGAIN_MS = 1_000
// A renewal that is due may take this long before the user is warned of the limit that it is about to move.
const RENEWING_MS = 5_000

/** The warnings of one tab, and what a user can do about them. */
export interface Warnings {
  /**
   * Opens a warning of the next end of `record` if it is time, or closes it. Returns after how many milliseconds to call it
   * again; `Infinity` if nothing changes before the end.
   */
  update(record: SessionRecord | null): number
  readonly extend: Extend
}

/** What warnings work with. */
export interface WarningsDeps extends ExtendDeps {
  readonly ports: Pick<Ports, 'page'>
  readonly siblings: Siblings
  readonly events: Pick<EventQueue<Pick<SessionEvents, 'expiring' | 'extended'>>, 'emit'>
  readonly logout: () => Promise<LogoutResult>
  /** Has a call reject once the session was disposed of. */
  readonly guard: (extend: Extend) => Extend
}

/**
 * Creates the warnings of one tab. Every tab derives the same from the same record: there is no leader, and no countdown
 * is shared.
 */
export function createWarnings(deps: WarningsDeps, warnMs: number): Warnings {
  const { ports, time, tab, ledger, siblings, events, logout } = deps
  const extend = deps.guard(createExtend(deps))
  let warned: { readonly session: string; readonly warning: SessionWarning } | null = null

  /**
   * A limit that renewing moves is moved while the user is active, without a warning; unless the server cannot be
   * reached. A warning that is open stays open until there is time again.
   */
  function isBeingMoved(record: SessionRecord, { cause }: Expiry): boolean {
    if (cause !== 'refresh-limit' || record.failures) return false
    const dueAt = limitDueAt(record)
    return dueAt < Infinity && time.sessionNow() < plus(dueAt, RENEWING_MS) && isInUse(record)
  }

  /** Other tabs share activity, and move limits, in time for the tab that warns earliest. */
  function shareWarnMs(record: SessionRecord): void {
    const change = (current: SessionRecord): SessionRecord => warnedFrom(current, warnMs)
    if (change(record) !== record) void ledger.write(inSession(record.session, change))
  }

  function open({ session }: SessionRecord, { at, cause, extendable }: Expiry): void {
    const endsAt = time.toWall(at)
    const before = warned?.warning
    const isOpen =
      warned?.session === session && before?.cause === cause && before.extendable === extendable
    const warning = { cause, endsAt, extendable, extend, logout }
    warned = { session, warning }
    tab.warn(warning)
    if (isOpen) return
    events.emit('expiring', warning)
    // The timers of hidden tabs are late; messages to them are not.
    if (ports.page.isVisible()) siblings.wake()
  }

  function close(record: SessionRecord | null): void {
    if (!warned) return
    const { session } = warned
    warned = null
    tab.warn(null)
    if (record?.session === session) events.emit('extended', { endsAt: tab.state.endsAt })
  }

  return {
    extend,
    update(record) {
      if (record) shareWarnMs(record)
      const expiry = record && expiryOf(record)
      const now = time.sessionNow()
      const waitMs = expiry ? expiry.at - warnMs - now : Infinity
      if (!expiry || waitMs > 0) {
        close(record)
        return waitMs
      }
      if (!warned && isBeingMoved(record, expiry)) return AGAIN_MS
      if (!isExpired(record, now)) open(record, expiry)
      return Infinity
    },
  }
}
