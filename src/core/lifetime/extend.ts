import { isSessionError } from '../../errors.ts'
import type { EndReason, ExtendResult } from '../../session-state.ts'
import { expiryOf } from '../record/expiry.ts'
import { inSession, type SessionRecord } from '../record/record.ts'
import { active, stayAnswered, stayRequested } from '../record/transitions.ts'
import type { Renewal } from '../refresh/renewal.ts'
import type { Tab } from '../session/tab.ts'
import type { Ledger } from '../shared/ledger.ts'
import { sessionMs, type SessionMs } from '../time/moments.ts'
import type { Time } from '../time/time.ts'

/** The user asks to stay: the server is told first, then the other tabs. */
export type Extend = () => Promise<ExtendResult>

/** What {@link createExtend} works with. */
export interface ExtendDeps {
  readonly time: Time
  readonly tab: Tab
  readonly ledger: Ledger
  readonly renewal: Renewal
  /** Restoring is over, or has taken longer than a request waits. */
  readonly ready: () => Promise<unknown>
  readonly look: () => Promise<void>
}

/** Creates the `extend` of one tab. */
export function createExtend(deps: ExtendDeps): Extend {
  const { time, tab, ledger, renewal, ready, look } = deps

  return async function extend() {
    await ready()
    // The session may be over, here or elsewhere.
    await look()
    const { record } = tab
    if (record?.status !== 'logged-in') return over()
    const expiry = expiryOf(record)
    if (expiry?.extendable === false) return { ok: false, reason: 'not_extendable' }

    const { session } = record
    // If the end is only held off for an earlier click, another one holds it off no longer.
    const askedAt = sessionMs(Math.min(time.sessionNow(), expiry?.at ?? Infinity))
    await ledger.write(inSession(session, (current) => stayRequested(current, askedAt)))
    const error = await tellServer(record, askedAt).catch((reason: unknown) => reason)
    await ledger.write(
      inSession(session, (current) =>
        stayAnswered(error ? current : active(current, askedAt), askedAt),
      ),
    )
    if (isSessionError(error, 'refresh_unavailable'))
      return { ok: false, reason: 'refresh_unavailable' }
    if (tab.record?.session !== session) return over()
    // Refused, but not over yet: its token may still be good.
    return error ? over('refresh-rejected') : { ok: true, endsAt: tab.state.endsAt }
  }

  /** Renews again if the first renewal had begun before the user asked, in another tab or here: it told the server of less. */
  async function tellServer(record: SessionRecord, askedAt: SessionMs): Promise<void> {
    await renewal.newer(record.session, newest(record))
    const { record: next } = tab
    const isTold = (next?.toldActiveAt ?? Infinity) >= askedAt
    if (next && !isTold) await renewal.newer(record.session, newest(next))
  }

  function newest({ generation }: SessionRecord): number {
    return Math.max(generation, tab.held?.generation ?? 0)
  }

  function over(
    reason: EndReason | 'no_session' = tab.state.end?.reason ?? 'no_session',
  ): ExtendResult {
    return { ok: false, reason }
  }
}

/** The `extend` of a session without warnings. */
export function notExtendable(): Promise<ExtendResult> {
  return Promise.resolve({ ok: false, reason: 'not_extendable' })
}
