import type { Clock, Dispose } from '../ports.ts'
import { withIdle, type Idle } from './idle.ts'
import type { SessionRecord } from './record.ts'
import type { SessionClock } from './session-clock.ts'
import type { SharedRecord } from './shared-record.ts'
import type { Siblings } from './siblings.ts'
import type { Tab } from './tab.ts'

const LONGEST_SHARE_MS = 15_000

/** What the session knows of an idle timeout. */
export interface IdleLimit {
  readonly afterMs: number
  readonly dismissOn: 'extend' | 'activity'
  readonly watch: (report: () => void) => Dispose
}

/** What this tab sees of its user, and tells the others. */
export interface Activity {
  /** Somebody is there. Called often, so it does next to nothing. */
  report(): void
  /** Hands over what has not been shared yet, for a page that is being left. At once. */
  leave(): void
  dispose(): void
}

/**
 * Starts watching. The first activity after a while is shared at once, what follows it once in a while (G3): more often
 * than every quarter of the warning period, so that no other tab warns of an idle time which this one has interrupted.
 */
export function startActivity(deps: {
  readonly clock: Clock
  readonly sessionClock: SessionClock
  readonly tab: Tab
  readonly shared: SharedRecord
  readonly siblings: Siblings
  readonly idle: IdleLimit
  readonly warnMs: number
}): Activity {
  const { clock, sessionClock, tab, shared, siblings, idle, warnMs } = deps
  const shareMs = Math.min(warnMs / 4, (idle.afterMs - warnMs) / 4, LONGEST_SHARE_MS)
  /** Wall-clock time of the latest, and of the latest that was shared. */
  let latest = -Infinity
  let sharedUntil = -Infinity
  let pausedUntil = -Infinity
  let endPause: Dispose | undefined
  let joining: string | undefined

  function report(): void {
    if (idle.dismissOn === 'extend' && tab.state.warning?.cause === 'idle') return
    latest = clock.now()
    // By the wall clock, which goes on while timers stand still.
    if (latest >= pausedUntil) share()
  }

  function share(): void {
    endPause?.()
    pausedUntil = -Infinity
    if (latest <= sharedUntil) return
    pausedUntil = latest + shareMs
    endPause = clock.schedule(share, shareMs)
    const { record } = tab
    const at = activeAt()
    if (record?.idle) void write(record, { ...record.idle, lastActivityAt: at })
  }

  /** In session time. What lies between then and now may have been slept through. */
  function activeAt(): number {
    sharedUntil = latest
    return sessionClock.now() - Math.max(clock.now() - latest, 0)
  }

  async function write({ session }: SessionRecord, idle: Idle): Promise<void> {
    const { outcome, record } = await shared.commit((current) => {
      if (current?.session !== session) return undefined
      const next = withIdle(current, idle)
      return next === current ? undefined : next
    })
    tab.observe(record, 'other-tab')
    if (outcome === 'written') siblings.hint()
  }

  function leave(): void {
    const { record } = tab
    if (latest <= sharedUntil || !record?.idle) return
    // No commit would live to be written; the next look anywhere completes this one.
    shared.announce(withIdle(record, { ...record.idle, lastActivityAt: activeAt() }))
  }

  /** A session in which nobody has watched, or not as strictly, is watched from now on. */
  function join(): void {
    const { record } = tab
    if (record?.status !== 'logged-in' || joining === record.session) return
    if (record.idle && record.idle.afterMs <= idle.afterMs) return
    joining = record.session
    const { afterMs } = idle
    void write(record, { afterMs, lastActivityAt: sessionClock.now(), extendingAt: 0 })
  }

  const stops = [tab.watch(join), idle.watch(report)]
  return {
    report,
    leave,
    dispose() {
      endPause?.()
      for (const stop of stops) stop()
    },
  }
}
