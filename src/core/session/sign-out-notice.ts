import type { Ports } from '../../ports.ts'
import type { TokenStorage } from '../../tokens.ts'
import { inSession, type SessionRecord } from '../record/record.ts'
import { signOutTold } from '../record/transitions.ts'
import type { AuthServer } from '../refresh/auth-server.ts'
import { exclusively } from '../shared/exclusively.ts'
import type { Ledger } from '../shared/ledger.ts'
import type { Tab } from './tab.ts'

/** Tells the auth server of sign-outs. */
export interface SignOutNotice {
  /** Tells of the sign-out that `record` remembers; resolves to whether the server has heard. Never rejects. */
  send(record: SessionRecord): Promise<boolean>
  /** Tells of the sign-out that the server has not heard of yet, if there is one. One tab does it for all. */
  sendPending(): Promise<void>
}

/** Creates the notice of one tab. */
export function createSignOutNotice(deps: {
  readonly name: string
  readonly ports: Ports
  readonly storage: TokenStorage
  readonly tab: Tab
  readonly ledger: Ledger
  readonly authServer: AuthServer
  readonly disposed: AbortSignal
}): SignOutNotice {
  const { name, ports, storage, tab, ledger, authServer, disposed } = deps

  async function send({ session, tombstone }: SessionRecord): Promise<boolean> {
    if (!tombstone) return true
    const tokens = tombstone.sealed ? await storage.open(tombstone.sealed) : null
    const isHeard = await authServer.revoke(tombstone, tokens)
    // Of this session alone: meanwhile the next one may have ended as well.
    if (isHeard) await ledger.write(inSession(session, signOutTold))
    return isHeard
  }

  async function sendPending(): Promise<void> {
    if (!tab.record?.tombstone) return
    // Under a lock of its own, so that no refresh has to wait.
    await exclusively(
      ports,
      `${name}:logout`,
      async () => {
        const record = await ledger.read()
        if (record) await send(record)
      },
      disposed,
    )
  }

  return { send, sendPending }
}
