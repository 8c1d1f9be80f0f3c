import type { Dispose, Ports } from '../../ports.ts'
import { isExpired } from '../record/expiry.ts'
import { warnMsOf } from '../record/presence.ts'
import { inSession, type SessionRecord } from '../record/record.ts'
import { active, idleLimited } from '../record/transitions.ts'
import type { Tab } from '../session/tab.ts'
import type { Ledger } from '../shared/ledger.ts'
import type { SessionMs } from '../time/moments.ts'
import type { Time } from '../time/time.ts'

const LONGEST_SHARE_MS = 15_000
const SHORTEST_SHARE_MS = 1_000

/** What an idle timeout holds. */
export interface IdleLimit {
  readonly afterMs: number
  readonly dismissOn: 'extend' | 'activity'
  /** Calls `report` whenever the user is seen to be active. */
  readonly watch: (report: () => void) => Dispose
}

/** What the watch over a user works with. */
export interface ActivityDeps {
  readonly time: Time
  readonly ports: Pick<Ports, 'page'>
  readonly tab: Tab
  readonly ledger: Ledger
  /** Ends a session whose time is up. */
  readonly end: () => Promise<void>
  readonly disposed: AbortSignal
}

/** The last activity in this tab that is not known to be shared yet. */
interface Unshared {
  readonly session: string
  readonly at: SessionMs
}

/** The user's activity in this tab, shared with the other tabs. */
export interface Activity {
  /** The user is active. Called often, so it does next to nothing. */
  report(): void
  /** Stops watching, and shares what has not been shared yet. */
  dispose(): void
}

/**
 * Starts watching. The first activity after a while is shared at once, the following at intervals (G3): shorter than a
 * quarter of the warning period, so that no other tab warns of an idle time which this one has interrupted.
 */
export function startActivity(deps: ActivityDeps, idle: IdleLimit): Activity {
  const { ports, time, tab, ledger, end, disposed } = deps
  let unshared: Unshared | undefined
  let pause:
    { readonly session: string; readonly until: number; readonly stop: Dispose } | undefined

  function report(): void {
    const { record, state } = tab
    // Without a session there is no idle time.
    if (!record?.idle || disposed.aborted) return
    const at = time.sessionNow()
    // If idle time has already run out, end now; the timer may be late.
    if (isExpired(record, at)) return void end()
    if (idle.dismissOn === 'extend' && state.warning?.cause === 'idle') return
    unshared = { session: record.session, at }
    const isPaused = pause?.session === record.session && at < pause.until
    if (!isPaused) share()
  }

  function share(): void {
    pause?.stop()
    pause = undefined
    const { record } = tab
    const next = currentUnshared()
    if (!record?.idle || !next) return
    const warnMs = warnMsOf(record)
    const ms = Math.min(warnMs, record.idle.afterMs - warnMs) / 4
    const shareMs = Math.max(Math.min(ms, LONGEST_SHARE_MS), SHORTEST_SHARE_MS)
    pause = {
      session: next.session,
      until: time.sessionNow() + shareMs,
      stop: time.schedule(share, shareMs),
    }
    void commit(next)
  }

  async function commit(next: Unshared): Promise<void> {
    await write(next, (current) => active(current, next.at))
    // Forgotten only now: if the page leaves during the write, the write may be aborted (G1).
    if (unshared === next) unshared = undefined
  }

  function currentUnshared(): Unshared | undefined {
    return unshared?.session === tab.record?.session ? unshared : undefined
  }

  /** Changes the session unless it was over at that moment, however long the database takes. */
  async function write(
    { session, at }: Unshared,
    change: (current: SessionRecord) => SessionRecord,
  ): Promise<void> {
    await ledger.write(
      inSession(session, (current) => (isExpired(current, at) ? current : change(current))),
      { isMadeHere: true },
    )
  }

  /** Shares what has not been shared yet, at once: the page may be gone, or the session over, before a commit. */
  function flush(): void {
    const { record } = tab
    const next = currentUnshared()
    if (record && next && !isExpired(record, next.at)) ledger.announce(active(record, next.at))
  }

  /** Another tab may have begun this session without an idle timeout, or with a longer one. */
  function applyLimit(): void {
    const { record } = tab
    if (record?.status !== 'logged-in') return
    const { session } = record
    const change = (current: SessionRecord): SessionRecord => {
      // Start the idle clock at commit time; the page may have been frozen until then.
      const now = time.sessionNow()
      return isExpired(current, now) ? current : idleLimited(current, idle.afterMs, now)
    }
    if (change(record) !== record) void write({ session, at: time.sessionNow() }, change)
  }

  const stops = [
    tab.watch(applyLimit),
    idle.watch(report),
    ports.page.watch((moment) => {
      if (moment !== 'online') flush()
    }),
  ]
  return {
    report,
    dispose() {
      flush()
      unshared = undefined
      pause?.stop()
      for (const stop of stops) stop()
    },
  }
}
