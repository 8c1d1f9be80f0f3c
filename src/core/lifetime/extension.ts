import { isSessionError } from '../../errors.ts'
import type { EndReason, ExtendResult } from '../../session-state.ts'
import { expiryOf } from '../record/expiry.ts'
import { withActivity } from '../record/presence.ts'
import type { SessionRecord } from '../record/record.ts'
import type { Renewal } from '../refresh/renewal.ts'
import type { SessionClock } from '../time/session-clock.ts'
import type { SharedRecord } from '../shared/shared-record.ts'
import type { Siblings } from '../shared/siblings.ts'
import type { Tab } from '../session/tab.ts'

/** The wish to stay: told to the server first, then to all tabs. */
export type Extend = () => Promise<ExtendResult>

/** Creates the extension of one tab. */
export function createExtension(deps: {
  readonly sessionClock: SessionClock
  readonly tab: Tab
  readonly shared: SharedRecord
  readonly siblings: Siblings
  readonly renewal: Renewal
  /** Restoring is over, or has taken longer than a request waits. */
  readonly ready: () => Promise<unknown>
  readonly look: () => Promise<void>
}): Extend {
  const { sessionClock, tab, shared, siblings, renewal, ready, look } = deps

  return async function extend() {
    await ready()
    // The session may be over, here or elsewhere: a look ends it in the first case.
    await look()
    const { record } = tab
    if (record?.status !== 'logged-in') return over()
    if (expiryOf(record)?.extendable === false) return { ok: false, reason: 'not_extendable' }

    const askedAt = sessionClock.now()
    await change(record, (current) => ({
      ...current,
      extendingAt: askedAt,
      // Whoever asks in time does not wait for a pause that only this browser has set itself.
      retryAt: current.failures ? undefined : current.retryAt,
    }))
    try {
      await tellServer(record, askedAt)
    } catch (error) {
      if (isSessionError(error, 'refresh_unavailable'))
        return { ok: false, reason: 'refresh_unavailable' }
      // Refused, but not over yet: its token may still be good.
      return over(tab.record?.session === record.session ? 'refresh-rejected' : undefined)
    }
    await change(record, (current) => withActivity(current, askedAt))
    siblings.hint()
    return tab.record?.session === record.session ? { ok: true, endsAt: tab.state.endsAt } : over()
  }

  /** A renewal that another tab had begun before may not have told of it, nor one that is yet to be written. */
  async function tellServer(record: SessionRecord, askedAt: number): Promise<void> {
    await renewal.newer(record.session, newest(record))
    const { record: next } = tab
    const isTold = (next?.toldActiveAt ?? Infinity) >= askedAt
    if (next && !isTold) await renewal.newer(record.session, newest(next))
  }

  function newest({ generation }: SessionRecord): number {
    return Math.max(generation, tab.held?.generation ?? 0)
  }

  async function change(
    { session }: SessionRecord,
    next: (current: SessionRecord) => SessionRecord,
  ): Promise<void> {
    const { record } = await shared.commit((current) =>
      current?.session === session ? next(current) : undefined,
    )
    tab.observe(record, 'other-tab')
  }

  function over(
    reason: EndReason | 'no_session' = tab.state.end?.reason ?? 'no_session',
  ): ExtendResult {
    return { ok: false, reason }
  }
}
