import type { Ports } from '../../ports.ts'
import type { EndReason, LogoutResult } from '../../session-state.ts'
import { isExpired, reasonOf } from '../record/expiry.ts'
import { furtherOn } from '../record/further-on.ts'
import { inSession, type SessionRecord } from '../record/record.ts'
import { draw, ended } from '../record/transitions.ts'
import type { Ledger } from '../shared/ledger.ts'
import type { Time } from '../time/time.ts'
import type { SignOutNotice } from './sign-out-notice.ts'
import type { Tab } from './tab.ts'

/** The ways in which this browser ends a session. */
export interface SignOut {
  /** Ends the session at once in this tab, then in the other tabs, then at the server. Never rejects. */
  logout(everywhere: boolean): Promise<LogoutResult>
  /** Ends the session for `reason`, whatever its limits. */
  end(reason: EndReason): Promise<void>
  /** Ends the session if its time is up by now. Activity in another tab wins. `found` may be newer than what the tab knows. */
  endIfExpired(found?: SessionRecord | null): Promise<void>
}

/** Creates the sign-out of one tab. */
export function createSignOut(deps: {
  readonly ports: Pick<Ports, 'randomId'>
  readonly time: Time
  readonly tab: Tab
  readonly ledger: Ledger
  readonly notice: SignOutNotice
}): SignOut {
  const { ports, time, tab, ledger, notice } = deps

  /** What the record becomes. Drawn once, so that every write of it makes the same one. */
  function ending(
    reason?: EndReason,
    everywhere = false,
  ): (record: SessionRecord) => SessionRecord {
    const drawn = draw(ports.randomId)
    const at = time.sessionNow()
    return (record) => {
      const how = { reason: reason ?? reasonOf(record), by: tab.id, at }
      return ended(record, drawn, how, { sid: record.sid, everywhere, sealed: record.sealed })
    }
  }

  async function logout(everywhere: boolean): Promise<LogoutResult> {
    const from = tab.record ?? (await ledger.read())
    if (!from || from.status === 'logged-out') return { server: 'nothing-to-tell' }

    const end = ending('logout', everywhere)
    const ahead = end(from)
    const { outcome, record } = await ledger.write(
      (current) => {
        // Another tab has looked meanwhile and completed it.
        if (current?.session === ahead.session) return current
        return current?.session === from.session ? end(current) : undefined
      },
      { ahead },
    )
    // Another session had begun already, unseen by this tab: it lives on.
    if (outcome !== 'written' || !record?.tombstone) return { server: 'nothing-to-tell' }
    const sending = notice.send(record)
    // Only a caller that asked for more than this browser waits for the server.
    return { server: everywhere && (await sending) ? 'told' : 'later' }
  }

  async function finish(
    from: SessionRecord,
    isDue: (current: SessionRecord) => boolean,
    reason?: EndReason,
  ): Promise<void> {
    const end = ending(reason)
    const { outcome, record } = await ledger.write(
      inSession(from.session, (current) => (isDue(current) ? end(current) : undefined)),
    )
    if (outcome === 'written' && record) void notice.send(record)
  }

  return {
    logout,
    async end(reason) {
      const { record } = tab
      if (record && record.status !== 'logged-out') await finish(record, () => true, reason)
    },
    async endIfExpired(found = tab.record) {
      const from = furtherOn(found, tab.record)
      if (from) time.follow(from.seenAt, from.session !== tab.record?.session)
      const isDue = (record: SessionRecord): boolean => isExpired(record, time.sessionNow())
      if (from && from.status !== 'logged-out' && isDue(from)) await finish(from, isDue)
    },
  }
}
