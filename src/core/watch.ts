import type { Clock, Dispose, Page } from '../ports.ts'
import { createDeadline } from './deadline.ts'
import type { LoggedEvents } from './event-log.ts'
import type { EventQueue } from './event-queue.ts'
import { endsAt, isAhead } from './record.ts'
import type { Renewal } from './renewal.ts'
import type { SessionClock } from './session-clock.ts'
import type { SharedRecord } from './shared-record.ts'
import type { SignOut } from './sign-out.ts'
import type { Tab } from './tab.ts'

const POLL_MS = 10_000
const END_AGAIN_MS = 1_000
const TELL_AGAIN_MS = 15_000

/**
 * Watches what happens around the session: pages that wake or leave, the network that returns, the end that comes, and,
 * where no channel tells, other tabs.
 */
export function startWatch(deps: {
  readonly clock: Clock
  readonly page: Page
  readonly tab: Tab
  readonly shared: SharedRecord
  readonly sessionClock: SessionClock
  readonly renewal: Renewal
  readonly signOut: SignOut
  readonly events: EventQueue<Pick<LoggedEvents, 'page'>>
  readonly look: () => Promise<void>
  readonly mustPoll: boolean
}): Dispose {
  const { clock, page, tab, shared, sessionClock, renewal, signOut, events, look, mustPoll } = deps

  const end = createDeadline(clock, () => {
    // Two clocks may be a hair apart: should its time not be up, or its end not be written, then soon.
    void signOut.end().then(() => planEnd(END_AGAIN_MS))
  })
  const poll = createDeadline(clock, () => {
    void look()
    poll.set(clock.now() + POLL_MS)
  })
  if (mustPoll) poll.set(clock.now() + POLL_MS)

  function planEnd(earliestMs = 0): void {
    const { record } = tab
    const at = record && record.status !== 'logged-out' ? endsAt(record) : null
    // Limits are in session time, which may run ahead of the wall clock.
    end.set(at === null ? null : clock.now() + Math.max(at - sessionClock.now(), earliestMs))
  }

  async function wake(): Promise<void> {
    // At once, before anything else on this page runs: a sign-out while this tab was away.
    const mirrored = shared.peek()
    if (isAhead(mirrored, tab.record)) tab.observe(mirrored, 'other-tab')
    end.check()
    await look()
    await signOut.end()
    renewal.check()
    // By then whoever ended the session has told the server, or has failed to.
    const { record } = tab
    if (record && sessionClock.now() - record.seenAt > TELL_AGAIN_MS) await signOut.tellServer()
  }

  async function reconnect(): Promise<void> {
    await shared.commit((current) =>
      current?.failures ? { ...current, retryAt: undefined } : undefined,
    )
    renewal.hurry()
    await signOut.tellServer()
  }

  const stops = [
    tab.watch(() => planEnd()),
    page.watch((moment) => {
      // Being shown and hidden is told with every change of windows, and would crowd out what matters.
      if (moment === 'left' || moment === 'online') events.emit('page', { moment })
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
    shared.watch(() => void look()),
    () => end.set(null),
    () => poll.set(null),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
