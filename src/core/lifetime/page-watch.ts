import type { Dispose, Page } from '../../ports.ts'
import { isAhead } from '../record/further-on.ts'
import { hurried } from '../record/transitions.ts'
import type { Renewal } from '../refresh/renewal.ts'
import type { SignOutNotice } from '../session/sign-out-notice.ts'
import type { Tab } from '../session/tab.ts'
import type { Ledger } from '../shared/ledger.ts'
import type { SharedRecord } from '../shared/shared-record.ts'
import { createDeadline } from '../time/deadline.ts'
import type { Time } from '../time/time.ts'
import type { ExpiryWatch } from './expiry-watch.ts'

const POLL_MS = 10_000

/**
 * Watches what happens around the session: the page wakes or leaves, the network returns, and, where no channel says what
 * other tabs have written, ten seconds have passed.
 */
export function startPageWatch(deps: {
  readonly time: Time
  readonly page: Page
  readonly tab: Tab
  readonly shared: Pick<SharedRecord, 'peek'>
  readonly ledger: Ledger
  readonly renewal: Renewal
  readonly notice: SignOutNotice
  readonly expiry: ExpiryWatch
  readonly look: () => Promise<void>
  /** Ends a session whose time is up. */
  readonly end: () => Promise<void>
  readonly mustPoll: boolean
}): Dispose {
  const { time, page, tab, shared, ledger, renewal, notice, expiry } = deps
  const { look, end, mustPoll } = deps

  const poll = createDeadline(time, () => {
    void look()
    poll.set(POLL_MS)
  })
  if (mustPoll) poll.set(POLL_MS)

  async function wake(): Promise<void> {
    // At once, before anything else on this page runs: another tab may have signed out while this one was away. A page that
    // has only just been opened waits for the look: what the mirror says may be over.
    const mirrored = shared.peek()
    if (tab.record && isAhead(mirrored, tab.record)) ledger.show(mirrored)
    expiry.check()
    await look()
    await end()
    renewal.check()
    notice.check()
  }

  async function reconnect(): Promise<void> {
    // A computer that wakes finds its network again, whether its page was hidden or not.
    expiry.check()
    // At once: what is requested in this moment would give up because of the pause.
    if (tab.record) ledger.show(hurried(tab.record))
    await ledger.write((current) => {
      const next = current && hurried(current)
      return next && next !== current ? next : undefined
    })
    renewal.hurry()
    await notice.sendPending()
  }

  const stops = [
    page.watch((moment) => {
      switch (moment) {
        case 'left':
          return tab.distrust()
        case 'hidden':
          return renewal.check()
        case 'woke':
          return void wake()
        case 'online':
          return void reconnect()
      }
    }),
    () => poll.set(Infinity),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
