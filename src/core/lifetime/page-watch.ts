import type { Clock, Dispose, Page } from '../../ports.ts'
import type { Activity } from './activity.ts'
import { createDeadline } from '../time/deadline.ts'
import type { LoggedEvents } from '../session/event-log.ts'
import type { EventQueue } from '../session/event-queue.ts'
import type { ExpiryWatch } from './expiry-watch.ts'
import { isAhead } from '../record/record.ts'
import type { Renewal } from '../refresh/renewal.ts'
import type { SessionClock } from '../time/session-clock.ts'
import type { SharedRecord } from '../shared/shared-record.ts'
import type { SignOut } from '../session/sign-out.ts'
import type { Tab } from '../session/tab.ts'

const POLL_MS = 10_000
const TELL_AGAIN_MS = 15_000

/**
 * Watches what happens around the session: pages that wake or leave, the network that returns, and, where no channel
 * tells, other tabs.
 */
export function startWatch(deps: {
  readonly clock: Clock
  readonly page: Page
  readonly tab: Tab
  readonly shared: SharedRecord
  readonly sessionClock: SessionClock
  readonly renewal: Renewal
  readonly signOut: SignOut
  readonly expiry: ExpiryWatch
  readonly activity: Activity | undefined
  readonly events: EventQueue<Pick<LoggedEvents, 'page'>>
  readonly look: () => Promise<void>
  readonly mustPoll: boolean
}): Dispose {
  const { clock, page, tab, shared, sessionClock, renewal, signOut, expiry, activity } = deps
  const { events, look, mustPoll } = deps

  const poll = createDeadline(clock, () => {
    void look()
    poll.set(clock.now() + POLL_MS)
  })
  if (mustPoll) poll.set(clock.now() + POLL_MS)

  async function wake(): Promise<void> {
    // At once, before anything else on this page runs: a sign-out while this tab was away. What a page that has only just
    // been opened finds may be over.
    const mirrored = shared.peek()
    if (tab.record && isAhead(mirrored, tab.record)) tab.observe(mirrored, 'other-tab')
    activity?.handOver()
    expiry.check()
    await look()
    await signOut.end()
    renewal.check()
    // By then whoever ended the session has told the server, or has failed to.
    const { record } = tab
    if (record && sessionClock.now() - record.seenAt > TELL_AGAIN_MS) await signOut.tellServer()
  }

  async function reconnect(): Promise<void> {
    // A computer that wakes finds its network again, whether its page was hidden or not.
    expiry.check()
    await shared.commit((current) =>
      current?.failures ? { ...current, retryAt: undefined } : undefined,
    )
    renewal.hurry()
    await signOut.tellServer()
  }

  const stops = [
    page.watch((moment) => {
      // Being shown and hidden is told with every change of windows, and would crowd out what matters.
      if (moment === 'left' || moment === 'online') events.emit('page', { moment })
      switch (moment) {
        case 'left':
          activity?.handOver()
          return tab.distrust()
        case 'hidden':
          activity?.handOver()
          return renewal.check()
        case 'woke':
          return void wake()
        case 'online':
          return void reconnect()
      }
    }),
    shared.watch(() => void look()),
    () => poll.set(null),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
