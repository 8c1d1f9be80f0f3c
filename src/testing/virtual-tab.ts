import { openSession } from '../open-session.ts'
import { resolveOptions, type SessionOptions } from '../options.ts'
import type { Clock, PageMoment, Ports } from '../ports.ts'
import type { Session } from '../session.ts'
import type { SessionEvents } from '../session-state.ts'
import type { FaultOf, Faults } from './faults.ts'
import { createLife, type Life } from './life.ts'
import { createVirtualPage } from './virtual-page.ts'

/** One tab, with its session and all it was told. */
export interface VirtualTab {
  readonly session: Session
  readonly events: readonly [name: keyof SessionEvents, payload: unknown][]
  /** What this tab's listeners and the library reported as thrown. */
  readonly reported: readonly unknown[]
  /** The spans it has put on the timeline of the developer tools. */
  readonly measured: readonly Span[]
  eventsOf<E extends keyof SessionEvents>(name: E): readonly SessionEvents[E][]
  /** What the browser refuses to do in this tab alone. */
  readonly faults: Partial<Faults>
  readonly isGone: boolean
  readonly isRunning: boolean
  readonly isVisible: boolean
  /** How many timers wait. */
  readonly timers: number
  /** The locks it holds. */
  readonly locks: ReadonlySet<string>
  /** How many timers, listeners, channels and locks it holds. */
  readonly holding: number
  /** `fetch` as this page has it, without the session. */
  readonly fetch: typeof fetch
  tell(moment: PageMoment): void
  setVisible(visible: boolean): void
  /** Gone at once: no listener runs, no timer fires, its locks are free. Requests with `keepalive` go on. */
  crash(): void
  /** Closed, navigated away or reloaded: `pagehide`, then gone. */
  close(): void
  /** Stands still (Page Lifecycle): timers and messages wait until `thaw`. */
  freeze(): void
  /** Goes into the back/forward cache: as frozen, but deaf, and without the writes that it had begun. */
  cache(): void
  /** Goes on, frozen or cached. */
  thaw(): void
}

/** What `performance.measure` was told. */
export interface Span {
  readonly name: string
  readonly startedAt: number
  readonly detail: object
}

/** The browser around a tab. */
export interface TabHost {
  readonly clock: Clock
  readonly faults: Faults
  hasCookie(name: string): boolean
  /** Everything of the browser that is not the page's own. */
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
  const page = createVirtualPage(life, host.hasCookie)
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

  /** The answer reaches the page when it can run, and not at all when it is gone. The request goes on. */
  function carriedBy(carry: typeof fetch): typeof fetch {
    return (...args) =>
      new Promise((resolve) => {
        if (life.isGone) return
        const carried = carry(...args)
        const arrive = (): void => life.run(() => resolve(carried))
        carried.then(arrive, arrive)
      })
  }

  const around = host.ports(life, fault, locks)
  const ownFetch = carriedBy(around.fetch)
  const session = openSession(
    resolveOptions({ ...options, fetch: options.fetch && carriedBy(options.fetch) }),
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
      // As Chromium does: the event first, what has waited after it.
      page.tell('woke')
      life.catchUp()
    },
  }
}
