import { SessionError } from '../../errors.ts'
import type { Clock, Page } from '../../ports.ts'
import { createDeadline } from '../time/deadline.ts'
import { limitDueAt } from '../record/expiry.ts'
import { freshness } from '../record/freshness.ts'
import type { Refresh, RefreshResult } from './refresher.ts'
import { renewsAhead } from '../record/renew-ahead.ts'
import type { SessionClock } from '../time/session-clock.ts'
import { sleep } from '../time/sleep.ts'
import { neededBeyond, sessionOver, type Held, type Tab } from '../session/tab.ts'

// However short a token lives or however long its answer took: no renewal on the heels of another.
const REST_MS = 1_000

/** Sees to it that whoever needs a token gets one, and that it is there before it is needed. */
export interface Renewal {
  /**
   * Tokens newer than generation `used` of `session`. Waits through outages, as long as the patience goes, counted from
   * `since` on the uptime clock. Rejects with `session_ended`, `session_changed` or `refresh_unavailable`.
   */
  newer(session: string, used: number, since?: number): Promise<Held>
  /** Renews once, behind whatever is going on. */
  behind(): void
  /** From now on renews ahead of expiry, while the page is visible. */
  start(): void
  /** The page was shown or hidden, or time has passed unseen. */
  check(): void
  /** What failed may work now. */
  hurry(): void
  dispose(): void
}

/** Creates the renewal of one tab. */
export function createRenewal(deps: {
  readonly clock: Clock
  readonly page: Page
  readonly tab: Tab
  readonly refresh: Refresh
  readonly maxWaitMs: number
  readonly warnMs: number
  readonly sessionClock: SessionClock
  /** Of the transport: what nobody asks for is renewed only for users who are known to be there. */
  readonly slides: boolean
}): Renewal {
  const { clock, page, tab, refresh, maxWaitMs, warnMs, sessionClock, slides } = deps
  const ahead = createDeadline(clock, behind)
  let unwatch: (() => void) | undefined
  let restUntil = -Infinity

  async function newer(session: string, used: number, since = clock.uptime()): Promise<Held> {
    const done = new AbortController()
    const until = since + maxWaitMs
    const patience = sleep(clock, Math.max(until - clock.uptime(), 0), done.signal)
    let last: RefreshResult | undefined
    let newest = used
    try {
      for (;;) {
        const result = await Promise.race([refresh(session, newest), patience])
        const { held } = tab
        if (held?.session === session && held.generation > newest) {
          // What another tab had may have run out as well; what comes next is taken as it is.
          if (newest > used || freshness(held, clock.now()) !== 'expired') return held
          newest = held.generation
          continue
        }
        if (!result || clock.uptime() >= until) break
        if (result.retryAt === undefined) throw overFor(session)
        last = result
        const waitMs = result.retryAt - clock.now()
        if (waitMs > until - clock.uptime()) break
        await Promise.race([
          sleep(clock, waitMs, done.signal),
          tab.whenPast(session, newest, done.signal),
        ])
      }
      throw new SessionError(
        'refresh_unavailable',
        'The access token has expired and cannot be renewed now',
        last,
      )
    } finally {
      done.abort()
    }
  }

  function overFor(session: string): SessionError {
    // Refused, but not over yet: the access token that the server still accepts does not help who waits for a newer one.
    if (tab.record?.session !== session) return sessionOver(tab.record)
    return new SessionError('session_ended', 'The server does not renew this session', {
      reason: 'refresh-rejected',
    })
  }

  function behind(): void {
    const { record } = tab
    if (!record || record.status === 'logged-out') return
    const used = neededBeyond(tab, record, clock.now())
    const by = record.status === 'unknown' ? 'restored' : 'this-tab'
    void refresh(record.session, used, by).then((result) => {
      const pauseMs = result.retryAt === undefined ? REST_MS : result.retryAt - clock.now()
      restUntil = clock.uptime() + pauseMs
      plan()
    })
  }

  function plan(): void {
    const { record, held } = tab
    if (!unwatch || !record || !renewsAhead(record, page.isVisible(), slides))
      return ahead.set(null)
    const now = clock.now()
    const renewAt = held?.session === record.session ? held.renewAt : now
    const dueAt = Math.min(renewAt, sessionClock.toWall(limitDueAt(record, warnMs)))
    ahead.set(Math.max(dueAt, now + (restUntil - clock.uptime())))
  }

  return {
    newer,
    behind,
    start() {
      unwatch ??= tab.watch(plan)
      plan()
    },
    check() {
      plan()
      ahead.check()
    },
    hurry() {
      restUntil = -Infinity
      plan()
    },
    dispose() {
      unwatch?.()
      unwatch = undefined
      ahead.set(null)
    },
  }
}
