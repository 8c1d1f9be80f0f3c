import type { Ports } from '../../ports.ts'
import type { EndReason, LogoutResult, SessionEvents } from '../../session-state.ts'
import type { TokenStorage } from '../../tokens.ts'
import type { Courier } from '../refresh/auth-server.ts'
import type { EventQueue } from './event-queue.ts'
import { exclusively } from '../shared/exclusively.ts'
import { furtherOn } from '../record/further-on.ts'
import { endsAt, reasonOf } from '../record/expiry.ts'
import { draw, ended, type SessionRecord } from '../record/record.ts'
import type { SessionClock } from '../time/session-clock.ts'
import type { SharedRecord } from '../shared/shared-record.ts'
import type { Siblings } from '../shared/siblings.ts'
import type { Tab } from './tab.ts'

/** The ways in which this browser ends a session. */
export interface SignOut {
  /** Ends the session at once, here; then in the other tabs; then at the server. Never rejects. */
  logout(everywhere: boolean): Promise<LogoutResult>
  /** Ends the session for `reason`, or, without one, if its time is up by now. Activity in another tab wins. */
  end(reason?: EndReason, found?: SessionRecord | null): Promise<void>
  /** Tells the server of the sign-out that it has not heard of, if there is one. */
  tellServer(): Promise<void>
  /** Tells the server of the sign-out that `record` remembers; whether it has heard. Never rejects. */
  tell(record: SessionRecord): Promise<boolean>
}

/** Creates the sign-out of one tab. */
export function createSignOut(deps: {
  readonly name: string
  readonly ports: Ports
  readonly storage: TokenStorage
  readonly tab: Tab
  readonly shared: SharedRecord
  readonly siblings: Siblings
  readonly courier: Courier
  readonly sessionClock: SessionClock
  readonly events: EventQueue<SessionEvents>
  readonly disposed: AbortSignal
}): SignOut {
  const { name, ports, storage, tab, shared, siblings, courier, sessionClock, events, disposed } =
    deps

  /** What the record becomes. Drawn once, so that every write of it makes the same one. */
  function ending(
    reason: EndReason | undefined,
    everywhere: boolean,
  ): (record: SessionRecord) => SessionRecord {
    const drawn = draw(ports.randomId)
    const at = sessionClock.now()
    return (record) => {
      const how = { reason: reason ?? reasonOf(record), by: tab.id, at }
      return ended(record, drawn, how, { sid: record.sid, everywhere, sealed: record.sealed })
    }
  }

  function isDue(record: SessionRecord): boolean {
    return endsAt(record) <= sessionClock.now()
  }

  async function logout(everywhere: boolean): Promise<LogoutResult> {
    const from = tab.record ?? (await shared.look())
    if (!from || from.status === 'logged-out') return { server: 'told' }

    const over = ending('logout', everywhere)

    // The page may be gone before the commit: the mirror is written at once, and the next look anywhere completes it.
    const hasty = over(from)
    shared.announce(hasty)
    siblings.over(hasty)
    const committing = shared.commit((current) => {
      // Another tab has looked meanwhile and completed it.
      if (current?.session === hasty.session) return current
      return current?.session === from.session ? over(current) : undefined
    })
    events.after(committing)
    tab.observe(hasty, 'this-tab')

    const { outcome, record } = await committing
    siblings.hint()
    if (outcome !== 'written' || !record?.tombstone) {
      // Another session had begun already, unseen by this tab: it lives on, and the mirror has to say so again.
      if (record) shared.announce(record)
      tab.observe(record, 'other-tab')
      return { server: 'told' }
    }
    const telling = tell(record)
    // Only who asked for the server's side as well has to wait for it.
    return { server: everywhere && (await telling) ? 'told' : 'later' }
  }

  async function end(reason?: EndReason, found = tab.record): Promise<void> {
    const from = furtherOn(found, tab.record)
    if (from) sessionClock.follow(from.seenAt, from.session !== tab.record?.session)
    if (!from || from.status === 'logged-out' || !(reason || isDue(from))) return
    const over = ending(reason, false)
    const { outcome, record } = await shared.commit((current) =>
      current?.session === from.session && (reason || isDue(current)) ? over(current) : undefined,
    )
    // An end says by itself who brought it; anything else that is found is of another tab.
    tab.observe(record, 'other-tab')
    if (outcome !== 'written' || !record) return
    siblings.hint()
    void tell(record)
  }

  async function tell({ session, tombstone }: SessionRecord): Promise<boolean> {
    if (!tombstone) return true
    const tokens = tombstone.sealed ? await storage.open(tombstone.sealed) : null
    const told = await courier.revoke(tombstone, tokens)
    if (told) {
      // Only this one: the next session may have been ended as well meanwhile.
      await shared.commit((current) =>
        current?.session === session ? { ...current, tombstone: undefined } : undefined,
      )
    }
    return told
  }

  async function tellServer(): Promise<void> {
    if (!tab.record?.tombstone) return
    // Under a lock of its own, so that one tab tells the server, and none waits for a refresh.
    await exclusively(
      ports,
      `${name}:logout`,
      async () => {
        const record = await shared.look()
        if (record) await tell(record)
      },
      disposed,
    )
  }

  return { logout, end, tell, tellServer }
}
