import type { Clock } from '../../ports.ts'

const KEPT = 100

// The details that may be logged: these names, with a number or a word like the library's own. A URL, a subject, a claim or
// an error cannot match, nor can a reason that a transport of the application makes up.
const LOGGED =
  /^((initiator|by|reason|cause|outcome|moment|found|missing|to)=[a-z-]{1,24}|(ms|status|retryAt|accessExpiresAt|endsAt)=([\d.]+|null)|locked=(true|false))$/

/** One thing that happened to the session, without anything secret or personal. */
export interface LogEntry {
  /** Epoch milliseconds. */
  readonly at: number
  /** The name of a session event, or `ready`, `refresh` or `page`. */
  readonly event: string
  readonly [detail: string]: string | number | boolean | null
}

/** The entries of the log that are no events of the session. */
export interface LoggedEvents {
  /** Restoring is over. `reason` and `initiator`: why the last session ended, unless that was taken already. */
  ready: { readonly found: string; readonly reason?: string; readonly initiator?: string }
  /**
   * A refresh that this tab wanted: its outcome (`over`: the session has ended or is not renewed any more), whether this
   * tab asked the server or had the lock, and how long it took, waiting included.
   */
  refresh: {
    readonly outcome: 'renewed' | 'unavailable' | 'over'
    readonly by: 'this-tab' | 'other-tab'
    readonly locked: boolean
    readonly ms: number
  }
  /** The page is frozen or leaves, or the network is back. */
  page: { readonly moment: 'left' | 'online' }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** The last hundred things that happened. */
export interface EventLog {
  add(event: string, details: object): void
  /** A copy, oldest first. */
  entries(): readonly LogEntry[]
}

/** Creates an empty log. `onEntry` is called with each entry as it is made. */
export function createEventLog(clock: Clock, onEntry?: (entry: LogEntry) => void): EventLog {
  const entries: LogEntry[] = []

  return {
    add(event, details) {
      const entry: Writable<LogEntry> = { at: clock.now(), event }
      for (const [name, value] of Object.entries(details))
        if (isPrimitive(value) && LOGGED.test(`${name}=${value}`)) entry[name] = value
      if (entries.push(entry) > KEPT) entries.shift()
      onEntry?.(entry)
    },
    entries: () => [...entries],
  }
}

function isPrimitive(value: unknown): value is string | number | boolean | null {
  return Object(value) !== value
}
