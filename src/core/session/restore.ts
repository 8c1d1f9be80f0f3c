import type { Ports } from '../../ports.ts'
import type { TokenStorage } from '../../tokens.ts'
import type { Transport } from '../../transport.ts'
import { accessEndsAt } from '../record/expiry.ts'
import { freshness } from '../record/freshness.ts'
import { isNewer, type SessionRecord } from '../record/record.ts'
import { draw, opened } from '../record/transitions.ts'
import type { Adoption } from '../refresh/adoption.ts'
import type { Refresh } from '../refresh/refresher.ts'
import type { Ledger } from '../shared/ledger.ts'
import type { Time } from '../time/time.ts'
import type { SignOutNotice } from './sign-out-notice.ts'
import type { SignOut } from './sign-out.ts'
import type { Tab } from './tab.ts'

const ASK_SIBLINGS_MS = [60]

/** Finds the session that the browser already has, if any. Resolves after the first attempt, whatever it came to. */
export type Restore = () => Promise<void>

/** Creates the restore of one tab. */
export function createRestore(deps: {
  readonly ports: Pick<Ports, 'page' | 'randomId'>
  readonly time: Time
  readonly transport: Transport
  readonly storage: TokenStorage
  readonly tab: Tab
  readonly ledger: Ledger
  readonly adoption: Adoption
  readonly refresh: Refresh
  readonly signOut: SignOut
  readonly notice: SignOutNotice
  readonly disposed: AbortSignal
}): Restore {
  const { ports, time, transport, storage, tab, ledger, adoption, refresh } = deps
  const { signOut, notice, disposed } = deps
  // Cookies that script cannot read may be there without this browser's record knowing.
  const mayHaveCookie = storage.kind === 'memory'
  const { admitsAnyone = false, hintCookie } = transport

  /** What the tabs agree on. If that does not exclude a cookie, a session that the first refresh will tell about. */
  async function findRecord(): Promise<SessionRecord | null> {
    const hinted =
      hintCookie === undefined ? undefined : ports.page.cookie(hintCookie) !== undefined
    const drawn = draw(ports.randomId)
    const isWorthAsking = (record: SessionRecord | null): boolean =>
      (mayHaveCookie || admitsAnyone) &&
      (record
        ? // A sign-out that the server has not heard of leaves its cookies behind (L1).
          record.status === 'logged-out' && (admitsAnyone || hinted === true) && !record.tombstone
        : hinted !== false)

    const record = await ledger.read()
    if (!isWorthAsking(record)) return record
    // Written before it is tried: the key must survive a reload in the middle of it (E2).
    const { record: now } = await ledger.write(
      (current) => {
        if (!isWorthAsking(current)) return undefined
        // If no user turns out to be signed in, the last end is still to be told.
        return { ...opened(current, drawn, time.now()), end: current?.end }
      },
      { by: 'restored', quiet: true },
    )
    return now
  }

  return async function restore() {
    const record = await findRecord()
    // A session that was over before the page opened is never shown.
    await signOut.endIfExpired(record)
    // An empty record says nothing about a login that was made meanwhile.
    if (!record || tab.record?.status === 'logged-out') return
    ledger.show(record, undefined, 'restored')
    void notice.sendPending()
    if (record.status === 'logged-out' || tab.record?.session !== record.session) return

    // Only a 401 can tell whether a token of unknown lifetime is good.
    const isFresh = record.generation > 0 && (accessEndsAt(record) ?? Infinity) > time.sessionNow()
    await adoption.adopt(record, isFresh ? ASK_SIBLINGS_MS : [])
    // That shows a user only with a token.
    if (isNewer(record)) return ledger.show(record, undefined, 'restored')
    // React's StrictMode disposes of the first of two sessions at once: the second one refreshes.
    if (disposed.aborted) return
    const { held } = tab
    if (!held || freshness(held, time.sessionNow()) === 'expired')
      await refresh(record.session, held?.generation ?? record.generation, 'restored')
  }
}
