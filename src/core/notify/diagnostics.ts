import type { LockState, Ports } from '../../ports.ts'
import type { SessionState } from '../../session-state.ts'
import type { EventLog, LogEntry } from './event-log.ts'
import type { Place } from '../shared/bounded-store.ts'
import type { SharedRecord } from '../shared/shared-record.ts'
import { within } from '../time/sleep.ts'
import type { Tab } from '../session/tab.ts'

const PATIENCE_MS = 500

/** What to attach to a bug report. Holds no token, no key, no name of a user and no URL query. */
export interface Diagnostics {
  /** The name of the session, and so of its lock, its channel and its record. */
  readonly name: string
  readonly status: SessionState['status']
  /** Counts sign-ins and sign-outs, over all tabs. */
  readonly epoch: number
  /** Counts the renewals of this sign-in, over all tabs. */
  readonly generation: number
  /** Where the tabs' record is kept now. */
  readonly storage: Place
  /** Who holds the lock under which tokens are renewed, and how many wait; `null` where locks are missing or silent. */
  readonly lock: LockState | null
  /** The last 100 things that happened in this tab since it was opened, oldest first. */
  readonly events: readonly LogEntry[]
}

/** Tells how the session stands. Takes at most half a second and never rejects. */
export async function diagnose({
  name,
  ports: { clock, locks },
  tab,
  shared,
  log,
}: {
  readonly name: string
  readonly ports: Pick<Ports, 'clock' | 'locks'>
  readonly tab: Tab
  readonly shared: Pick<SharedRecord, 'place'>
  readonly log: EventLog
}): Promise<Diagnostics> {
  const asked = locks?.query(name).catch(() => null) ?? null
  const lock = asked && (await within(clock, PATIENCE_MS, asked, null))
  return {
    name: name.replace(/[?#].*/, ''),
    status: tab.state.status,
    epoch: tab.record?.epoch ?? 0,
    generation: tab.record?.generation ?? 0,
    storage: shared.place,
    lock,
    events: log.entries(),
  }
}
