import type { Clock, Dispose } from '../../ports.ts'
import { endsAt } from '../record/expiry.ts'
import { joined, withActivity } from '../record/presence.ts'
import type { SessionRecord } from '../record/record.ts'
import type { SessionClock } from '../time/session-clock.ts'
import type { SharedRecord } from '../shared/shared-record.ts'
import type { Siblings } from '../shared/siblings.ts'
import type { Tab } from '../session/tab.ts'

const LONGEST_SHARE_MS = 15_000
const SHORTEST_SHARE_MS = 1_000

/** What the session knows of an idle timeout. */
export interface IdleLimit {
  readonly afterMs: number
  readonly dismissOn: 'extend' | 'activity'
  readonly watch: (report: () => void) => Dispose
}

/** That somebody was there: when, in session time, and in which session. */
interface News {
  readonly session: string
  readonly at: number
}

/** What this tab sees of its user, and tells the others. */
export interface Activity {
  /** Somebody is there. Called often, so it does next to nothing. */
  report(): void
  /** Hands over what has not been shared yet, at once: the page may be gone, or the session over, before a commit. */
  handOver(): void
  /** Stops watching. What has not been shared yet is handed over. */
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
  /** What is not known to be shared yet. */
  let latest: News | undefined
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
    pause = {
      session: next.session,
      until: sessionClock.now() + shareMs,
      stop: clock.schedule(share, shareMs),
    }
    void pass(next)
  }

  async function pass(next: News): Promise<void> {
    await write(next, (current) => withActivity(current, next.at))
    // Not before: a page that leaves takes its write along (G1).
    if (latest === next) latest = undefined
  }

  function news(): News | undefined {
    return latest?.session === tab.record?.session ? latest : undefined
  }

  /** Changes the session unless it was over at that moment, however long the database takes. */
  async function write(
    { session, at }: News,
    change: (current: SessionRecord) => SessionRecord,
  ): Promise<void> {
    const { outcome, record } = await shared.commit((current) => {
      if (current?.session !== session || isOver(current, at)) return undefined
      const next = change(current)
      return next === current ? undefined : next
    })
    tab.observe(record, 'other-tab')
    if (outcome === 'written') siblings.hint()
  }

  function handOver(): void {
    const active = announce()
    if (active) tab.observe(active, 'this-tab')
  }

  function announce(): SessionRecord | undefined {
    const { record } = tab
    const next = news()
    if (!record || !next || isOver(record, next.at)) return
    const active = withActivity(record, next.at)
    shared.announce(active)
    return active
  }

  function isOver(record: SessionRecord, now: number): boolean {
    return endsAt(record) <= now
  }

  /** Where another tab of the session began to watch it, or a stricter one has come. */
  function join(): void {
    const { record } = tab
    if (record?.status !== 'logged-in') return
    const { session } = record
    const change = (current: SessionRecord): SessionRecord => {
      // From when it is written on: a page may stand still before that, and must not end what was alive without it.
      const now = sessionClock.now()
      return isOver(current, now) ? current : joined(current, idle.afterMs, now)
    }
    if (change(record) !== record) void write({ session, at: sessionClock.now() }, change)
  }

  const stops = [tab.watch(join), idle.watch(report)]
  return {
    report,
    handOver,
    dispose() {
      announce()
      latest = undefined
      pause?.stop()
      for (const stop of stops) stop()
    },
  }
}
