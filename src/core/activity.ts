import type { Clock, Dispose } from '../ports.ts'
import { endsAt } from './expiry.ts'
import { joined, withActivity } from './idle.ts'
import type { SessionRecord } from './record.ts'
import type { SessionClock } from './session-clock.ts'
import type { SharedRecord } from './shared-record.ts'
import type { Siblings } from './siblings.ts'
import type { Tab } from './tab.ts'

const LONGEST_SHARE_MS = 15_000
const SHORTEST_SHARE_MS = 1_000

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
  /** Hands over what has not been shared yet, at once: the page may be gone, or the session over, before a commit. */
  handOver(): void
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
  /** Ends a session whose time is up. */
  readonly end: () => Promise<void>
  readonly disposed: AbortSignal
}): Activity {
  const { clock, sessionClock, tab, shared, siblings, idle, warnMs, end, disposed } = deps
  /** What has not been shared yet: when, in session time, and in which session. */
  let latest: { readonly session: string; readonly at: number } | undefined
  let pause:
    { readonly session: string; readonly until: number; readonly stop: Dispose } | undefined

  function report(): void {
    const { record, state } = tab
    // Only a session that somebody is signed in to is watched.
    if (!record?.idle || disposed.aborted) return
    const at = sessionClock.now()
    // Who comes back too late comes back to nothing, before any timer has noticed.
    if (isOver(record, at)) return void end()
    if (idle.dismissOn === 'extend' && state.warning?.cause === 'idle') return
    latest = { session: record.session, at }
    const isPaused = pause?.session === record.session && at < pause.until
    if (!isPaused) share()
  }

  function share(): void {
    pause?.stop()
    pause = undefined
    const { record } = tab
    const next = news()
    if (!record?.idle || !next) return
    const ms = Math.min(warnMs, record.idle.afterMs - warnMs) / 4
    const shareMs = Math.max(Math.min(ms, LONGEST_SHARE_MS), SHORTEST_SHARE_MS)
    const { session } = record
    pause = {
      session,
      until: sessionClock.now() + shareMs,
      stop: clock.schedule(share, shareMs),
    }
    void write(record, (current) => withActivity(current, next.at)).then(() => {
      // Until then the page may leave.
      if (latest === next) latest = undefined
    })
  }

  function news(): { readonly at: number } | undefined {
    return latest?.session === tab.record?.session ? latest : undefined
  }

  async function write(
    { session }: SessionRecord,
    change: (current: SessionRecord) => SessionRecord,
  ): Promise<void> {
    const { outcome, record } = await shared.commit((current) => {
      if (current?.session !== session || isOver(current, sessionClock.now())) return undefined
      const next = change(current)
      return next === current ? undefined : next
    })
    tab.observe(record, 'other-tab')
    if (outcome === 'written') siblings.hint()
  }

  function handOver(): void {
    const { record } = tab
    const next = news()
    if (!record || !next || isOver(record, next.at)) return
    const active = withActivity(record, next.at)
    shared.announce(active)
    tab.observe(active, 'this-tab')
  }

  function isOver(record: SessionRecord, now: number): boolean {
    return endsAt(record) <= now
  }

  /** Where another tab of the session began to watch it, or a stricter one has come. */
  function join(): void {
    const { record } = tab
    if (record?.status !== 'logged-in') return
    const change = (current: SessionRecord): SessionRecord =>
      joined(current, idle.afterMs, sessionClock.now())
    if (change(record) !== record) void write(record, change)
  }

  const stops = [tab.watch(join), idle.watch(report)]
  return {
    report,
    handOver,
    dispose() {
      pause?.stop()
      for (const stop of stops) stop()
    },
  }
}
