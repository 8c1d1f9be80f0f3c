// Everything outside itself that the session uses. platform/ implements these for browsers, src/testing for tests.

/** Ends what the call that returned it began. A second call has no effect. */
export type Dispose = () => void

/** The clocks and timers of the page. */
export interface Clock {
  /** Wall-clock time in epoch milliseconds. Jumps whenever the system clock does. */
  now(): number
  /** Milliseconds since a fixed moment. Never jumps, but may stop while the computer sleeps. */
  uptime(): number
  /** Runs `callback` once, `delayMs` from now or later. A delay beyond 24 days, the longest timer, is cut to that. */
  schedule(callback: () => void, delayMs: number): Dispose
}

/** Mutual exclusion between tabs (Web Locks). An optimisation: the session is correct without it. */
export interface Locks {
  /**
   * Runs `work` while holding the lock `name`, and tells it whether it does: a browser may run it without. Rejects if the lock
   * was not granted before `signal` aborted; once granted, the signal is ignored.
   */
  run(
    name: string,
    work: (isHeld: boolean) => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<unknown>
  /** The locks of this origin that are held, and the requests that wait. For diagnostics: the answer may be outdated. */
  query(): Promise<LockManagerSnapshot>
}

/** The state of a lock. */
export interface LockState {
  readonly heldBy: 'this-tab' | 'other-tab' | null
  readonly pending: number
}

/** Messages between tabs (BroadcastChannel). They may be lost, duplicated, late or out of order. */
export interface Channel {
  post(message: unknown): void
  close(): void
}

/** The way from a tab to a worker. The worker may be gone at any time, and nothing says so. */
export interface WorkerLink {
  /**
   * Posts a message, and passes each answer to `onReply` until it is disposed of: later, never from inside this call. `null`
   * stands for a worker that cannot be reached.
   */
  ask(message: unknown, onReply: (reply: unknown) => void): Dispose
  /** Makes a new connection. If the worker is gone, that starts another. */
  reconnect(): void
  close(): void
}

/** The value that all tabs share, in IndexedDB. Any call may hang or fail. */
export interface RecordStore {
  read(): Promise<unknown>
  /** Replaces the value in one atomic transaction. A `change` that throws writes nothing, and `update` rejects with what it threw. */
  update(change: (current: unknown) => unknown): Promise<void>
  /** Gives up calls and connections that hang. The next call opens a new connection. */
  reopen(): void
  close(): void
}

/** A synchronous copy of the record without tokens (localStorage). It may be outdated, but is always complete. */
export interface Mirror {
  /** The value; `null` if there is none, or none that can be read. */
  read(): unknown
  /** Writes the value. Returns whether that succeeded. */
  write(value: unknown): boolean
  /** Calls `onChange` when another tab has written. */
  watch(onChange: () => void): Dispose
}

/**
 * What happens to the page: `woke` (shown, focused, thawed, back from the cache), `hidden`, `left` (frozen, cached,
 * unloading), `online`.
 */
export type PageMoment = 'woke' | 'hidden' | 'left' | 'online'

/** The page of this session. */
export interface Page {
  isVisible(): boolean
  watch(listener: (moment: PageMoment) => void): Dispose
  readonly origin: string
  /** The base of relative URLs. A `<base>` element can change it at any time. */
  readonly base: string
  /** The absolute form of a URL that may be relative to the page. */
  resolve(url: string): string
  /** The value of a cookie; `undefined` if there is none of that name, or none that script may read. */
  cookie(name: string): string | undefined
}

/** All ports of a session. */
export interface Ports {
  readonly clock: Clock
  /** `null` if the browser has none. */
  readonly locks: Locks | null
  /** `null` if the browser has none. */
  openChannel(name: string, onMessage: (message: unknown) => void): Channel | null
  openRecord(name: string): RecordStore
  openMirror(name: string): Mirror
  readonly page: Page
  readonly fetch: typeof fetch
  /** 128 random bits, in characters that headers and URLs allow. */
  randomId(): string
  /** A random number from 0 to 1, for jitter. */
  random(): number
  /** Adds a span from `startedAt`, an uptime, until now to the timeline of the developer tools. */
  measure(name: string, startedAt: number, detail: object): void
  /** Reports an error that a listener threw. */
  report(error: unknown): void
}
