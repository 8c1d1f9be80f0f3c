import type { Ports } from '../../ports.ts'
import type { EndReason, LogoutResult } from '../../session-state.ts'
import { isExpired, reasonOf } from '../record/expiry.ts'
import { furtherOn } from '../record/further-on.ts'
import type { SessionRecord } from '../record/record.ts'
import { draw, ended } from '../record/transitions.ts'
import type { Ledger } from '../shared/ledger.ts'
import type { Time } from '../time/time.ts'
import type { SignOutNotice } from './sign-out-notice.ts'
import type { Tab } from './tab.ts'

/** The ways in which this browser ends a session. */
export interface SignOut {
  /** Ends the session at once in this tab, then in the other tabs, then at the server. Never rejects. */
  logout(everywhere: boolean): Promise<LogoutResult>
  /** Ends `session` for `reason`, whatever its limits; another session that has begun meanwhile goes on. */
  end(session: string, reason: EndReason): Promise<void>
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

  /** Ends the session of `from` if `isDue`. Resolves to the record that it ended with, which this tab is to tell of. */
  async function finish(
    from: SessionRecord,
    reason: EndReason | undefined,
    isDue: (current: SessionRecord) => boolean,
    logout?: { readonly everywhere: boolean },
  ): Promise<SessionRecord | undefined> {
    // Drawn once, so that every write of the end makes the same record.
    const drawn = draw(ports.randomId)
    const at = time.sessionNow()
    const { everywhere = false } = logout ?? {}
    const end = (of: SessionRecord): SessionRecord =>
      ended(
        of,
        drawn,
        { reason: reason ?? reasonOf(of), by: tab.id, at },
        // Another application may go on with what this one has lost; but a user who logs out is out of both.
        logout || !(of.rejected && of.livesOn)
          ? { sid: of.sid, everywhere, sealed: of.sealed }
          : undefined,
      )
    const { outcome, record } = await ledger.write(
      (current) => {
        // Another tab has looked meanwhile and completed it.
        if (current?.session === drawn.session) return current
        return current?.session === from.session && isDue(current) ? end(current) : undefined
      },
      logout ? { ahead: end(from), replacesNewer: true } : { isMadeHere: true },
    )
    // Otherwise another session had begun already, unseen by this tab: it lives on.
    return outcome === 'written' && record?.tombstone ? record : undefined
  }

  async function logout(everywhere: boolean): Promise<LogoutResult> {
    const from = tab.record ?? (await ledger.read())
    const isOver = !from || from.status === 'logged-out'
    const record = isOver ? undefined : await finish(from, 'logout', () => true, { everywhere })
    if (!record) return { server: 'nothing-to-tell' }
    const sending = notice.send(record)
    // Only a caller that asked for more than this browser waits for the server.
    return { server: everywhere && (await sending) ? 'told' : 'later' }
  }

  async function end(
    from: SessionRecord | null,
    reason?: EndReason,
    isDue: (current: SessionRecord) => boolean = () => true,
  ): Promise<void> {
    if (!from || from.status === 'logged-out' || !isDue(from)) return
    const record = await finish(from, reason, isDue)
    if (record) void notice.send(record)
  }

  return {
    logout,
    end: (session, reason) => end(tab.record?.session === session ? tab.record : null, reason),
    endIfExpired(found = tab.record) {
      const from = furtherOn(found, tab.record)
      if (from) time.follow(from, tab.record)
      return end(from, undefined, (record) => isExpired(record, time.sessionNow()))
    },
  }
}
