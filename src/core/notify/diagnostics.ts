import type { LockState, Ports } from '../../ports.ts'
import type { SessionState } from '../../session-state.ts'
import type { Transport } from '../../transport.ts'
import type { RefreshResult } from '../refresh/refresher.ts'
import type { Tab } from '../session/tab.ts'
import type { Place } from '../shared/bounded-store.ts'
import type { SharedRecord } from '../shared/shared-record.ts'
import { within } from '../time/sleep.ts'
import { createEventLog, type LogEntry, type LoggedEvents } from './event-log.ts'
import { countUnlisted, type UnlistedOrigins } from './unlisted-origins.ts'
import { watchLocks } from './watch-locks.ts'

const PATIENCE_MS = 500

/** What to attach to a bug report. It holds no token, no key, no name of a user and no URL query. */
export interface Diagnostics {
  /** The name of the session: its lock, its channel and its record have it, too. */
  readonly name: string
  readonly status: SessionState['status']
  /** Counts sign-ins and sign-outs, over all tabs. */
  readonly epoch: number
  /** Counts the renewals of this sign-in, over all tabs. */
  readonly generation: number
  /** Where the shared record is kept now. */
  readonly storage: Place
  /** Which tab holds the lock under which tokens are renewed, and how many wait; `null` where locks are missing or do not answer. */
  readonly lock: LockState | null
  /**
   * How many requests of this tab carried no token because their origin is not listed, redirects included, by origin. If
   * one of them should carry the token, add it to the option `origins`.
   */
  readonly unlistedOrigins: UnlistedOrigins
  /** The last 100 events of this tab, oldest first. */
  readonly events: readonly LogEntry[]
}

/** What the diagnostics of a session see of it. */
export interface Diagnosis {
  /** The ports to use: the given ones, with locks of which it is known whether this tab holds them. */
  readonly ports: Ports
  /** Has seen an event of the session. */
  readonly onEvent: (event: string, payload: object | undefined) => void
  /** A refresh begins; the result is a function to call when it is over. */
  readonly onRefresh: () => (result: RefreshResult) => void
  /** This tab asks the auth server for new tokens. */
  readonly onAsk: () => void
  /** The same targets, with requests to other origins counted. */
  counted(resolveTarget: (url: string) => string | null): (url: string) => string | null
  /** Sees the rest of the session from now on. */
  follow(session: FollowedSession): Following
}

/** The parts of the session that exist only after the diagnostics have begun. */
export interface FollowedSession {
  readonly tab: Tab
  readonly shared: Pick<SharedRecord, 'place'>
  readonly ready: Promise<SessionState>
}

/** The diagnostics of a session that has been opened. */
export interface Following {
  /** Takes half a second at most, and never rejects. */
  collect(): Promise<Diagnostics>
  dispose(): void
}

/** What diagnostics work with. */
export interface DiagnosisDeps {
  readonly name: string
  readonly ports: Ports
  /** The origins that get the token. */
  readonly origins: readonly string[]
  /** The URL to send a request with the token to; `null` if it gets none. */
  readonly resolveTarget: (url: string) => string | null
  readonly transport: Pick<Transport, 'idempotent'>
}

/** Begins the diagnostics of one tab. `onLog` is called with each entry of the log as it is made. */
export function startDiagnosis(
  { name, ports, origins }: Pick<DiagnosisDeps, 'name' | 'ports' | 'origins'>,
  onLog: ((entry: LogEntry) => void) | undefined,
): Diagnosis {
  const { clock, page } = ports
  const log = createEventLog(clock, (entry) => {
    try {
      onLog?.(entry)
    } catch (error) {
      ports.report(error)
    }
  })
  const watched = ports.locks && watchLocks(ports.locks)
  const unlisted = countUnlisted(page, origins)
  let hasAsked = false

  return {
    ports: { ...ports, locks: watched && watched.locks },
    onEvent(event, payload) {
      // What a server pushes may hold anything.
      if (payload && event !== 'server-event') log.add(event, payload)
    },
    onRefresh() {
      const startedAt = clock.uptime()
      hasAsked = false
      watched?.forget(name)
      return (result) => {
        const detail = {
          outcome: 'held' in result ? 'renewed' : 'over' in result ? 'over' : 'unavailable',
          by: hasAsked ? 'this-tab' : 'other-tab',
          locked: watched?.wasHeld(name) ?? false,
        } as const
        const ms = Math.round(clock.uptime() - startedAt)
        log.add('refresh', { ...detail, ms } satisfies LoggedEvents['refresh'])
        ports.measure('latchkey:refresh', startedAt, detail)
      }
    },
    onAsk() {
      hasAsked = true
    },
    counted: unlisted.watch,
    follow({ tab, shared, ready }) {
      void ready.then(({ status: found, end }) => log.add('ready', { ...end, found }))
      return {
        // `woke` and `hidden` come with every change of windows, and would crowd out the other entries.
        dispose: page.watch((moment) => {
          if (moment === 'left' || moment === 'online') log.add('page', { moment })
        }),
        async collect() {
          const asked = watched?.stateOf(name).catch(() => null) ?? null
          return {
            name: name.replace(/[?#].*/, ''),
            status: tab.state.status,
            epoch: tab.record?.epoch ?? 0,
            generation: tab.record?.generation ?? 0,
            storage: shared.place,
            lock: asked && (await within(clock, PATIENCE_MS, () => asked, null)),
            unlistedOrigins: unlisted.counts(),
            events: log.entries(),
          }
        },
      }
    },
  }
}
