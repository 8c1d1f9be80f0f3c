import type { Ports } from '../../ports.ts'
import type { TokenStorage } from '../../tokens.ts'
import { isPostponed, pauseAfter } from '../record/pause.ts'
import { inSession, isNewer, type SessionRecord } from '../record/record.ts'
import { postponed, signOutTold } from '../record/transitions.ts'
import type { AuthServer } from '../refresh/auth-server.ts'
import { exclusively } from '../shared/exclusively.ts'
import type { Ledger } from '../shared/ledger.ts'
import { createDeadline } from '../time/deadline.ts'
import type { Time } from '../time/time.ts'
import type { Tab } from './tab.ts'

// After this time, the tab that ended the session has told the server or has failed to; or it has gone.
const TELL_AGAIN_MS = 15_000

/** Tells the auth server of sign-outs. */
export interface SignOutNotice {
  /** Tells of the sign-out that `record` remembers; resolves to whether the server has confirmed it. Never rejects. */
  send(record: SessionRecord): Promise<boolean>
  /** Tells of the sign-out that the server has not confirmed yet, if there is one. One tab does it for all. */
  sendPending(): Promise<void>
  /** Time has passed unseen. */
  check(): void
  dispose(): void
}

/** Creates the notice of one tab. Until the server has confirmed, the tabs tell it again, with the same back-off as refreshes. */
export function createSignOutNotice(deps: {
  readonly name: string
  readonly ports: Pick<Ports, 'clock' | 'locks' | 'page' | 'random'>
  readonly time: Time
  readonly storage: TokenStorage
  readonly tab: Tab
  readonly ledger: Ledger
  readonly authServer: Pick<AuthServer, 'revoke'>
}): SignOutNotice {
  const { name, ports, time, storage, tab, ledger, authServer } = deps
  const disposed = new AbortController()
  const next = createDeadline(time, () => void sendPending())
  const unwatch = tab.watch(plan)

  async function send({ session, tombstone }: SessionRecord): Promise<boolean> {
    if (!tombstone) return true
    let isHeard = false
    try {
      const tokens = tombstone.sealed ? await storage.open(tombstone.sealed) : null
      isHeard = await authServer.revoke(tombstone, tokens)
    } catch {
      // A token storage of the application's own may fail.
    }
    const told = (current: SessionRecord): SessionRecord =>
      isHeard
        ? signOutTold(current)
        : postponed(current, pauseAfter(current, time.now(), ports.random()))
    // Of this session alone: meanwhile the next one may have ended as well.
    await ledger.write(inSession(session, told))
    return isHeard
  }

  function plan(): void {
    const { record } = tab
    // The pause after a failure cannot be written into the record of a newer version (E3): the tab would ask on and on.
    if (!record?.tombstone || isNewer(record)) return next.set(Infinity)
    const { seenAt, retryAt = 0 } = record
    const now = time.now()
    next.set(isPostponed(record, now) ? retryAt - now : seenAt + TELL_AGAIN_MS - time.sessionNow())
  }

  async function sendPending(): Promise<void> {
    const { record: known } = tab
    if (!known?.tombstone) return
    // Under a lock of its own, so that no refresh has to wait.
    await exclusively(
      ports,
      `${name}:logout`,
      async () => {
        const record = await ledger.read()
        if (record && record.failures === known.failures) await send(record)
        // Another tab has tried meanwhile.
        else ledger.show(record)
      },
      disposed.signal,
    )
  }

  return {
    send,
    sendPending,
    check: () => next.check(),
    dispose() {
      disposed.abort()
      unwatch()
      next.set(Infinity)
    },
  }
}
