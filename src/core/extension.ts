import { isSessionError } from '../errors.ts'
import type { ExtendResult } from '../session-state.ts'
import { expiryOf } from './expiry.ts'
import { withIdle } from './idle.ts'
import type { SessionRecord } from './record.ts'
import type { Renewal } from './renewal.ts'
import type { SessionClock } from './session-clock.ts'
import type { SharedRecord } from './shared-record.ts'
import type { Siblings } from './siblings.ts'
import type { Tab } from './tab.ts'

/** The wish to stay: told to the server first, then to all tabs. */
export type Extend = () => Promise<ExtendResult>

/** Creates the extension of one tab. */
export function createExtension(deps: {
  readonly sessionClock: SessionClock
  readonly tab: Tab
  readonly shared: SharedRecord
  readonly siblings: Siblings
  readonly renewal: Renewal
  readonly look: () => Promise<void>
}): Extend {
  const { sessionClock, tab, shared, siblings, renewal, look } = deps

  return async function extend() {
    // The session may be over, here or elsewhere: a look ends it in the first case.
    await look()
    const { record } = tab
    if (record?.status !== 'logged-in') return over()
    if (expiryOf(record)?.extendable === false) return { ok: false, reason: 'not_extendable' }

    const askedAt = sessionClock.now()
    await note(record, { extendingAt: askedAt })
    try {
      await tellServer(record, askedAt)
    } catch (error) {
      if (isSessionError(error, 'refresh_unavailable'))
        return { ok: false, reason: 'refresh_unavailable' }
      return over(isSessionError(error) ? error.reason : null)
    }
    await note(record, { lastActivityAt: askedAt })
    siblings.hint()
    return tab.record?.session === record.session ? { ok: true, endsAt: tab.state.endsAt } : over()
  }

  /** A renewal that another tab had begun before may not have told of it. */
  async function tellServer(record: SessionRecord, askedAt: number): Promise<void> {
    await renewal.newer(record.session, record.generation)
    const { record: next } = tab
    const isTold = (next?.toldActiveAt ?? Infinity) >= askedAt
    if (next && !isTold) await renewal.newer(record.session, next.generation)
  }

  async function note(
    { session }: SessionRecord,
    news: { readonly extendingAt?: number; readonly lastActivityAt?: number },
  ): Promise<void> {
    const { record } = await shared.commit((current) =>
      current?.session === session && current.idle
        ? withIdle(current, { ...current.idle, ...news })
        : undefined,
    )
    tab.observe(record, 'other-tab')
  }

  function over(reason = tab.state.end?.reason ?? null): ExtendResult {
    return { ok: false, reason: reason ?? 'logout' }
  }
}
