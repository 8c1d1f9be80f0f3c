// Everything the session touches outside itself. The browser's own are in platform/; tests and simulations bring others.

/** Undoes whatever returned it. Calling it twice is the same as calling it once. */
export type Dispose = () => void

/** Time as the session sees it. */
export interface Clock {
  /** Wall-clock time in epoch milliseconds. Jumps whenever the system clock does. */
  now(): number
  /** Milliseconds since some fixed moment; never jumps, but may stand still while the machine sleeps. */
  uptime(): number
  /** Runs `callback` once, no sooner than `delayMs` from now; after more days than timers can count (24), look again. */
  schedule(callback: () => void, delayMs: number): Dispose
}

/** Mutual exclusion between tabs (Web Locks). An optimisation: nothing is lost where it fails. */
export interface Locks {
  /**
   * Runs `work` while holding the lock `name`. Rejects if it was not granted before `signal` aborted; once granted,
   * `signal` has no say any more.
   */
  run(name: string, work: () => Promise<unknown>, signal: AbortSignal): Promise<unknown>
  /** Who holds the lock `name`, and how many wait for it. For people to read: by then it may be somebody else. */
  query(name: string): Promise<LockState>
}

/** How a lock stands. */
export interface LockState {
  readonly heldBy: 'this-tab' | 'other-tab' | null
  readonly pending: number
}

/** News between tabs (BroadcastChannel). May be lost, doubled, late or out of order. */
export interface Channel {
  post(message: unknown): void
  close(): void
}

/** The truth that all tabs share: one value in IndexedDB. Any call may hang or fail. */
export interface RecordStore {
  read(): Promise<unknown>
  /** Replaces the value in one atomic transaction. A `change` that throws writes nothing, and `update` rejects with what it threw. */
  update(change: (current: unknown) => unknown): Promise<void>
  /** Gives up whatever hangs and starts afresh with the next call. */
  reopen(): void
  close(): void
}

/** A synchronous, token-free copy of the record (localStorage). May be stale, never torn. */
export interface Mirror {
  /** What is there; `null` when nothing or nothing readable is. */
  read(): unknown
  /** Tells whether it was written. */
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
  /** What relative URLs are relative to; a `<base>` can move it at any moment. */
  readonly base: string
  /** The absolute form of a URL that may be relative to the page. */
  resolve(url: string): string
  hasCookie(name: string): boolean
}

/** All of the above, and chance. */
export interface Ports {
  readonly clock: Clock
  /** `null` where there are none. */
  readonly locks: Locks | null
  /** `null` where there is none. */
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
  /** Puts a span from `startedAt`, on the uptime clock, until now on the timeline of the developer tools, if there is one. */
  measure(name: string, startedAt: number, detail: object): void
  /** Surfaces an error that a listener threw. */
  report(error: unknown): void
}
