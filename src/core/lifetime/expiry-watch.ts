import { endsAt } from '../record/expiry.ts'
import type { Tab } from '../session/tab.ts'
import { createDeadline } from '../time/deadline.ts'
import type { Time } from '../time/time.ts'
import type { Warnings } from './warnings.ts'

const AGAIN_MS = 1_000

/** Sees the end come, and ends the session. */
export interface ExpiryWatch {
  /** Time has passed unseen. */
  check(): void
  dispose(): void
}

/** Starts watching. Every tab derives the same end from the same record. */
export function startExpiryWatch(deps: {
  readonly time: Time
  readonly tab: Tab
  readonly warnings: Warnings | undefined
  /** Ends a session whose time is up. */
  readonly end: () => Promise<void>
}): ExpiryWatch {
  const { time, tab, warnings, end } = deps
  let isDisposed = false
  const next = createDeadline(time, () => {
    // If time is not up (the two clocks may be a hair apart), or the end could not be written: again soon.
    void end().then(() => {
      if (!isDisposed) plan(AGAIN_MS)
    })
  })

  function plan(earliestMs = 0): void {
    const { record } = tab
    const known = record?.status === 'logged-in' ? record : null
    const leftMs = known ? endsAt(known) - time.sessionNow() : Infinity
    const waitMs = warnings?.update(known) ?? Infinity
    next.set(Math.max(Math.min(waitMs, leftMs), earliestMs))
  }

  const unwatch = tab.watch(() => plan())
  return {
    check: () => next.check(),
    dispose() {
      isDisposed = true
      unwatch()
      next.set(Infinity)
    },
  }
}
