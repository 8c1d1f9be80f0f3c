// Everything that the session uses of its environment. platform/ has the browser's; tests and simulations have their own.

/** Undoes whatever returned it. Calling it twice is the same as calling it once. */
export type Dispose = () => void

/** The clocks and timers of the environment. */
export interface Clock {
  /** Wall-clock time in epoch milliseconds. Jumps whenever the system clock does. */
  now(): number
  /** Milliseconds since some fixed moment. Never jumps, but may stand still while the computer sleeps. */
  uptime(): number
  /** Runs `callback` once, no sooner than `delayMs` from now, but after 24 days at the latest: timers cannot count further. */
  schedule(callback: () => void, delayMs: number): Dispose
}

/** Mutual exclusion between tabs (Web Locks). It saves work; sessions stay correct where it fails. */
export interface Locks {
  /**
   * Runs `work` while holding the lock `name`. Rejects if it was not granted before `signal` aborted; once granted, the
   * signal is ignored.
   */
  run(name: string, work: () => Promise<unknown>, signal: AbortSignal): Promise<unknown>
  /** Which tab holds the lock `name`, and how many wait for it. For people to read: it may have changed by then. */
  query(name: string): Promise<LockState>
}

/** The state of a lock. */
export interface LockState {
  readonly heldBy: 'this-tab' | 'other-tab' | null
  readonly pending: number
}

/** Messages between tabs (BroadcastChannel). They may be lost, doubled, late or out of order. */
export interface Channel {
  post(message: unknown): void
  close(): void
}

/** One value that all tabs share, in IndexedDB. Any call may hang or fail. */
export interface RecordStore {
  read(): Promise<unknown>
  /** Replaces the value in one atomic transaction. A `change` that throws writes nothing, and `update` rejects with what it threw. */
  update(change: (current: unknown) => unknown): Promise<void>
  /** Gives up the calls that hang; the next call opens a new connection. */
  reopen(): void
  close(): void
}

/** A synchronous, token-free copy of the record (localStorage). May be stale, never torn. */
export interface Mirror {
  /** What is there; `null` if that is nothing, or cannot be read. */
  read(): unknown
  /** Returns whether it was written. */
  write(value: unknown): boolean
  /** Calls `onChange` when another tab wrote. */
  watch(onChange: () => void): Dispose
}

/**
 * What happens to the page: `woke` (shown, focused, thawed, back from the cache), `hidden`, `left` (frozen, cached,
 * unloading), `online`.
 */
export type PageMoment = 'woke' | 'hidden' | 'left' | 'online'

/** The page this session lives in. */
export interface Page {
  isVisible(): boolean
  watch(listener: (moment: PageMoment) => void): Dispose
  readonly origin: string
  /** What relative URLs are relative to. A `<base>` element can change it at any time. */
  readonly base: string
  /** The absolute form of a URL that may be relative to the page. */
  resolve(url: string): string
  hasCookie(name: string): boolean
}

/** All of the above, and random numbers. */
export interface Ports {
  readonly clock: Clock
  /** `null` where the browser has none. */
  readonly locks: Locks | null
  /** Returns `null` where the browser has no channels. */
  openChannel(name: string, onMessage: (message: unknown) => void): Channel | null
  openRecord(name: string): RecordStore
  openMirror(name: string): Mirror
  readonly page: Page
  readonly fetch: typeof fetch
  /** 128 random bits, in base64url. */
  randomId(): string
  /** From 0 to 1, for jitter. */
  random(): number
  /** Whether tokens can be sealed before they are stored (`crypto.subtle`). */
  readonly canSeal: boolean
  /** Adds a span from `startedAt`, on the uptime clock, until now to the timeline of the developer tools, where that exists. */
  measure(name: string, startedAt: number, detail: object): void
  /** Reports an error that a listener threw, as an uncaught one is reported. */
  report(error: unknown): void
}
