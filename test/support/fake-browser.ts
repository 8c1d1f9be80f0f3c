import { openSession } from '../../src/open-session.ts'
import { resolveOptions, type SessionOptions } from '../../src/options.ts'
import type {
  Channel,
  Locks,
  Mirror,
  Page,
  PageMoment,
  Ports,
  RecordStore,
} from '../../src/ports.ts'
import type { Session } from '../../src/session.ts'
import type { SessionEvents } from '../../src/session-state.ts'
import { createFakeClock, settle, type FakeClock } from './fake-clock.ts'

export const ORIGIN = 'https://app.test'

/** What the browser refuses to do. Changed at will in the middle of a test. */
export interface Faults {
  record: 'ok' | 'hangs' | 'rejects'
  mirror: 'ok' | 'refused'
  locks: 'ok' | 'missing' | 'never' | 'rejects'
  channel: 'ok' | 'missing' | 'deaf'
}

/** One tab, with its session and all it was told. */
export interface FakeTab {
  readonly session: Session
  readonly events: readonly [name: keyof SessionEvents, payload: unknown][]
  /** What this tab's listeners and the library reported as thrown. */
  readonly reported: readonly unknown[]
  eventsOf<E extends keyof SessionEvents>(name: E): readonly SessionEvents[E][]
  /** What the browser refuses to do in this tab alone. */
  readonly faults: Partial<Faults>
  tell(moment: PageMoment): void
  setVisible(visible: boolean): void
  /** Gone at once: no listener runs, no timer fires, its locks are free. Requests under way go on. */
  crash(): void
  /** Closed, navigated away or reloaded: `pagehide`, then gone. */
  close(): void
  /** Stands still, back/forward cache and Page Lifecycle alike: timers and messages wait until `thaw`. */
  freeze(): void
  thaw(): void
}

/** A browser profile: tabs that share a record, a mirror, locks and a channel, on one clock. */
export interface FakeBrowser {
  readonly clock: FakeClock
  readonly faults: Faults
  /** The record as it rests in IndexedDB, and in localStorage. */
  readonly stored: { record: unknown; mirror: string | null; cookies: string[] }
  openTab(options?: Partial<SessionOptions>): FakeTab
  /** How often locks and records were asked for; for paths that must not touch them. */
  readonly used: { locks: number; reads: number; updates: number }
  /** Every record that was written to IndexedDB, and every message that was posted, in order. */
  readonly written: readonly unknown[]
  readonly posted: readonly unknown[]
  /** Posts a message that none of the tabs has sent. */
  say(message: unknown): void
  /** The locks that are held now. */
  readonly heldLocks: ReadonlySet<string>
  /** How many listeners there are now on pages, mirror and channel. */
  readonly listening: number
}

const EVENTS: readonly (keyof SessionEvents)[] = [
  'started',
  'refreshed',
  'refresh-failed',
  'ended',
  'step-up',
  'degraded',
]

export function createFakeBrowser(
  defaults: SessionOptions,
  clock = createFakeClock(),
): FakeBrowser {
  const faults: Faults = { record: 'ok', mirror: 'ok', locks: 'ok', channel: 'ok' }
  const stored: FakeBrowser['stored'] = { record: undefined, mirror: null, cookies: [] }
  const used = { locks: 0, reads: 0, updates: 0 }
  const lockQueues = new Map<string, Promise<unknown>>()
  const listeners = new Set<{ readonly tab: object; readonly hear: (message: unknown) => void }>()
  const mirrorWatchers = new Set<{ readonly tab: object; readonly onChange: () => void }>()
  const allPageListeners: Set<unknown>[] = []
  const written: unknown[] = []
  const posted: unknown[] = []
  const heldLocks = new Set<string>()
  let ids = 0

  function openTab(options: Partial<SessionOptions> = {}): FakeTab {
    const tab = {}
    let state: 'running' | 'frozen' | 'crashed' = 'running'
    let visible = true
    let backlog: (() => void)[] = []
    const pageListeners = new Set<(moment: PageMoment) => void>()
    const reported: unknown[] = []
    const events: [keyof SessionEvents, unknown][] = []
    const freeLocks = new Set<() => void>()
    const own: Partial<Faults> = {}
    const fault = <F extends keyof Faults>(name: F): Faults[F] => own[name] ?? faults[name]
    allPageListeners.push(pageListeners)

    /** Runs `work` in this tab: now, after the thaw, or never. */
    function run(work: () => void): void {
      if (state === 'running') work()
      else if (state === 'frozen') backlog.push(work)
    }

    /** `onDisk` happens whatever becomes of the page; what it returns happens in the page, when it can run. */
    function guarded<T>(onDisk: () => () => T): Promise<T> {
      const wrong = fault('record')
      if (wrong === 'rejects') return Promise.reject(new DOMException('refused', 'UnknownError'))
      return new Promise((resolve) => {
        if (wrong === 'hangs') return
        setImmediate(() => {
          const inPage = onDisk()
          // What it throws rejects.
          run(() => resolve(new Promise((done) => done(inPage()))))
        })
      })
    }

    const locks: Locks = {
      run(name, work, signal) {
        used.locks++
        if (fault('locks') === 'rejects')
          return Promise.reject(new DOMException('no locks here', 'SecurityError'))
        return new Promise((resolve, reject) => {
          const gaveUp = (): void => reject(signal.reason as Error)
          signal.addEventListener('abort', gaveUp)
          if (fault('locks') === 'never') return
          const turn = lockQueues.get(name) ?? Promise.resolve()
          const mine = turn.then(async () => {
            if (signal.aborted || state === 'crashed') return
            signal.removeEventListener('abort', gaveUp)
            const dead = new Promise<void>((free) => freeLocks.add(free))
            // A frozen tab that is granted a lock holds it without knowing.
            const working = new Promise<void>((done) =>
              run(() => void work().then(resolve, reject).then(done)),
            )
            heldLocks.add(name)
            await Promise.race([working, dead])
            heldLocks.delete(name)
          })
          lockQueues.set(name, mine)
        })
      },
    }

    function openRecord(): RecordStore {
      return {
        read: () => {
          used.reads++
          return guarded(() => {
            const found: unknown = structuredClone(stored.record)
            return () => found
          })
        },
        update: (change) => {
          used.updates++
          // The transaction needs the page between its read and its write.
          return guarded(() => () => {
            stored.record = structuredClone(change(structuredClone(stored.record)))
            written.push(stored.record)
          })
        },
        reopen: () => undefined,
        close: () => undefined,
      }
    }

    function openMirror(): Mirror {
      return {
        read: () =>
          fault('mirror') === 'ok' ? (JSON.parse(stored.mirror ?? 'null') as unknown) : null,
        write(value) {
          if (fault('mirror') === 'refused' || state === 'crashed') return false
          stored.mirror = JSON.stringify(value)
          for (const watcher of mirrorWatchers)
            if (watcher.tab !== tab) setImmediate(watcher.onChange)
          return true
        },
        watch(onChange) {
          const watcher = { tab, onChange: () => run(onChange) }
          mirrorWatchers.add(watcher)
          return () => void mirrorWatchers.delete(watcher)
        },
      }
    }

    function openChannel(_: string, onMessage: (message: unknown) => void): Channel | null {
      if (fault('channel') === 'missing') return null
      const listener = { tab, hear: (message: unknown) => run(() => onMessage(message)) }
      listeners.add(listener)
      return {
        post(message) {
          if (fault('channel') !== 'ok' || state !== 'running') return
          const copy: unknown = structuredClone(message)
          posted.push(copy)
          for (const other of listeners) if (other.tab !== tab) setImmediate(() => other.hear(copy))
        },
        close: () => void listeners.delete(listener),
      }
    }

    const page: Page = {
      origin: ORIGIN,
      isVisible: () => visible,
      watch(listener) {
        pageListeners.add(listener)
        return () => void pageListeners.delete(listener)
      },
      resolve: (url) => new URL(url, `${ORIGIN}/page`).href,
      hasCookie: (name) => stored.cookies.includes(name),
    }

    const tell = (moment: PageMoment): void => {
      for (const listener of [...pageListeners]) listener(moment)
    }

    /** The answer reaches the page when it can run, and not at all when it is gone. The request goes on. */
    function carriedBy(carry: typeof fetch): typeof fetch {
      return (...args) =>
        new Promise((resolve) => {
          if (state === 'crashed') return
          const carried = carry(...args)
          const arrive = (): void => run(() => resolve(carried))
          carried.then(arrive, arrive)
        })
    }

    const ports: Ports = {
      clock: { ...clock, schedule: (callback, ms) => clock.schedule(() => run(callback), ms) },
      locks: faults.locks === 'missing' ? null : locks,
      openChannel,
      openRecord,
      openMirror,
      page,
      fetch: carriedBy((...args) => fetch(...args)),
      randomId: () => `id-${String(++ids)}-${'0'.repeat(16)}`,
      random: () => 0.5,
      canSeal: true,
      report: (error) => reported.push(error),
    }

    const given = { ...defaults, ...options }
    const carried = given.fetch && carriedBy(given.fetch)
    const session = openSession(resolveOptions({ ...given, fetch: carried }), ports)
    for (const name of EVENTS) session.on(name, (payload) => events.push([name, payload]))

    function freeLocksNow(): void {
      for (const free of freeLocks) free()
      freeLocks.clear()
    }

    return {
      session,
      events,
      reported,
      eventsOf: <E extends keyof SessionEvents>(name: E) =>
        events
          .filter(([other]) => other === name)
          .map(([, payload]) => payload as SessionEvents[E]),
      faults: own,
      tell,
      setVisible(next) {
        visible = next
        tell(next ? 'woke' : 'hidden')
      },
      crash() {
        state = 'crashed'
        freeLocksNow()
      },
      close() {
        tell('left')
        state = 'crashed'
        freeLocksNow()
      },
      freeze() {
        tell('left')
        state = 'frozen'
      },
      thaw() {
        const waiting = backlog
        backlog = []
        state = 'running'
        // As Chromium does: the event first, what has waited after it.
        tell('woke')
        for (const work of waiting) work()
      },
    }
  }

  return {
    clock,
    faults,
    stored,
    openTab,
    used,
    written,
    posted,
    heldLocks,
    say(message) {
      for (const { hear } of listeners) setImmediate(() => hear(structuredClone(message)))
    },
    get listening() {
      const onPages = allPageListeners.reduce((sum, { size }) => sum + size, 0)
      return onPages + mirrorWatchers.size + listeners.size
    },
  }
}

export { settle }
