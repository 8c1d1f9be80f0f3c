import type { SessionState } from '../../session-state.ts'
import type { Renewal } from '../refresh/renewal.ts'
import { within } from '../time/sleep.ts'
import type { Time } from '../time/time.ts'
import type { Restore } from './restore.ts'
import type { Tab } from './tab.ts'

/** How far this page has come in finding its session. */
export interface Opening {
  /** This tab knows what the other tabs know, though perhaps not yet what the server does. */
  readonly informed: Promise<void>
  /** Restoring is over; the state that was found. */
  readonly ready: Promise<SessionState>
  /** Restoring is over, or has taken longer than that; by default, than a request waits. */
  readyInTime(atMostMs?: number): Promise<unknown>
}

/** Starts to look for the session, and to renew it ahead of time once it is found. */
export function startOpening(deps: {
  readonly time: Time
  readonly tab: Tab
  readonly restore: Restore
  readonly renewal: Pick<Renewal, 'start'>
  readonly disposed: AbortSignal
  readonly maxWaitMs: number
}): Opening {
  const { time, tab, restore, renewal, disposed, maxWaitMs } = deps
  const informed = new Promise<void>((resolve) => {
    const unwatch = tab.watch(() => {
      unwatch()
      resolve()
    })
  })

  async function open(): Promise<SessionState> {
    await restore()
    tab.settle()
    if (!disposed.aborted) renewal.start()
    return tab.state
  }

  const ready = open()
  return {
    informed,
    ready,
    readyInTime: (atMostMs = maxWaitMs) => within(time, atMostMs, () => ready, undefined),
  }
}
