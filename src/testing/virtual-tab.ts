import { openSession } from '../open-session.ts'
import { resolveOptions, type SessionOptions } from '../options.ts'
import type { Clock, PageMoment, Ports } from '../ports.ts'
import type { Session } from '../session.ts'
import type { SessionEvents } from '../session-state.ts'
import { arrivingIn } from './arriving-in.ts'
import type { FaultOf, Faults } from './faults.ts'
import { createLife, type Life } from './life.ts'
import { createVirtualPage } from './virtual-page.ts'

/** A tab with its session. */
export interface VirtualTab {
  readonly session: Session
  readonly events: readonly [name: keyof SessionEvents, payload: unknown][]
  /** The errors that listeners threw and the library reported. */
  readonly reported: readonly unknown[]
  /** The spans that were passed to `performance.measure`. */
  readonly measured: readonly Span[]
  eventsOf<E extends keyof SessionEvents>(name: E): readonly SessionEvents[E][]
  /** What the browser fails at in this tab alone. */
  readonly faults: Partial<Faults>
  readonly isGone: boolean
  readonly isRunning: boolean
  readonly isVisible: boolean
  /** How many timers are pending. */
  readonly timers: number
  /** The locks it holds. */
  readonly locks: ReadonlySet<string>
  /** How many timers, listeners, channels and locks it holds. */
  readonly holding: number
  /** The `fetch` of this page, without the session. */
  readonly fetch: typeof fetch
  tell(moment: PageMoment): void
  setVisible(visible: boolean): void
  /** Ends the tab at once: no listener runs, no timer fires, its locks are released. Requests with `keepalive` continue. */
  crash(): void
  /** Ends the tab as closing, navigating or reloading does: after `pagehide`. */
  close(): void
  /** Freezes the page (Page Lifecycle): timers and messages wait until `thaw`. */
  freeze(): void
  /** Puts the page into the back/forward cache: frozen, with its channels closed and its transactions aborted. */
  cache(): void
  /** Resumes the page, frozen or cached. */
  thaw(): void
}

/** A span that was passed to `performance.measure`. */
export interface Span {
  readonly name: string
  readonly startedAt: number
  readonly detail: object
}

/** The browser around a tab. */
export interface TabHost {
  readonly clock: Clock
  readonly faults: Faults
  cookie(name: string): string | undefined
  /** The ports that the tabs of the browser share. */
  ports(
    life: Life,
    fault: FaultOf,
    heldLocks: Set<string>,
  ): Omit<Ports, 'clock' | 'page' | 'measure' | 'report'>
}

const MINUTE_MS = 60_000

const EVENTS: readonly (keyof SessionEvents)[] = [
  'started',
  'refreshed',
  'refresh-failed',
  'expiring',
  'extended',
  'ended',
  'step-up',
  'degraded',
  'server-event',
]

/** Opens a tab with a session in it. */
export function openVirtualTab(host: TabHost, options: SessionOptions): VirtualTab {
  const life = createLife()
  const page = createVirtualPage(life, host.cookie)
  const own: Partial<Faults> = {}
  const reported: unknown[] = []
  const measured: Span[] = []
  const events: [keyof SessionEvents, unknown][] = []

  const fault: FaultOf = (of) => own[of] ?? host.faults[of]
  let timers = 0
  const locks = new Set<string>()

  function throttled(delayMs: number): number {
    const { clock } = host
    if (fault('timers') === 'ok' || page.port.isVisible()) return delayMs
    return Math.ceil((clock.uptime() + delayMs) / MINUTE_MS) * MINUTE_MS - clock.uptime()
  }

  function schedule(callback: () => void, delayMs: number): () => void {
    timers++
    const stop = host.clock.schedule(() => {
      cancel()
      life.run(callback)
    }, throttled(delayMs))
    const cancel = life.hold(() => {
      timers--
      stop()
    })
    return cancel
  }

  const around = host.ports(life, fault, locks)
  const ownFetch = arrivingIn(life, around.fetch)
  const session = openSession(
    resolveOptions({ ...options, fetch: options.fetch && arrivingIn(life, options.fetch) }),
    {
      ...around,
      clock: { now: host.clock.now, uptime: host.clock.uptime, schedule },
      page: page.port,
      fetch: ownFetch,
      measure: (name, startedAt, detail) => measured.push({ name, startedAt, detail }),
      report: (error) => reported.push(error),
    },
  )
  for (const name of EVENTS) session.on(name, (payload) => events.push([name, payload]))

  return {
    session,
    events,
    reported,
    measured,
    eventsOf: <E extends keyof SessionEvents>(name: E) =>
      events.filter(([other]) => other === name).map(([, payload]) => payload as SessionEvents[E]),
    faults: own,
    get isGone() {
      return life.isGone
    },
    get isRunning() {
      return life.isRunning
    },
    get isVisible() {
      return page.port.isVisible()
    },
    get timers() {
      return timers
    },
    locks,
    get holding() {
      return life.holding
    },
    fetch: ownFetch,
    tell: page.tell,
    setVisible: page.setVisible,
    crash: life.end,
    close() {
      page.tell('left')
      life.end()
    },
    freeze() {
      page.tell('left')
      life.standStill()
    },
    cache() {
      page.tell('left')
      life.standStill('in-cache')
    },
    thaw() {
      life.goOn()
      // In the order of Chromium: the event first, then the work that has waited.
      page.tell('woke')
      life.catchUp()
    },
  }
}
