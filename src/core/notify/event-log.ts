import type { Clock } from '../../ports.ts'

const KEPT = 100

// What a detail has to read like to get in: of the names that say something, those with a number or one of the
// library's own kind of words. A URL, a subject, a claim, a cause has no way in, nor has whatever a transport of the
// application's own may give for a reason.
const TELLABLE =
  /^((initiator|by|reason|cause|outcome|moment|found|missing|to)=[a-z-]{1,24}|(ms|status|retryAt|accessExpiresAt|endsAt)=([\d.]+|null)|locked=(true|false))$/

/** One thing that happened to the session, without anything secret or personal. */
export interface LogEntry {
  /** Epoch milliseconds. */
  readonly at: number
  /** The name of a session event, or of one of {@link LoggedEvents}. */
  readonly event: string
  readonly [detail: string]: string | number | boolean | null
}

/** What only the log is told, besides the events of the session. */
export interface LoggedEvents {
  /** Restoring is over. `reason` and `initiator`: why the last session ended, if nobody has asked yet. */
  ready: { readonly found: string; readonly reason?: string; readonly initiator?: string }
  /**
   * A refresh that this tab wanted: what it came to (`over`: the session, or its renewal), who has made it, whether this
   * tab has had the lock, and how long it took, waiting included.
   */
  refresh: {
    readonly outcome: 'renewed' | 'unavailable' | 'over'
    readonly by: 'this-tab' | 'other-tab'
    readonly locked: boolean
    readonly ms: number
  }
  /** The page stands still or leaves, or has found the network again. */
  page: { readonly moment: 'left' | 'online' }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** The last hundred things that happened. */
export interface EventLog {
  add(event: string, details: object): void
  /** A copy, oldest first. */
  entries(): readonly LogEntry[]
}

/** Creates an empty log. `onEntry` hears of each entry as it is made. */
export function createEventLog(clock: Clock, onEntry?: (entry: LogEntry) => void): EventLog {
  const entries: LogEntry[] = []

  return {
    add(event, details) {
      const entry: Writable<LogEntry> = { at: clock.now(), event }
      for (const [name, value] of Object.entries(details))
        if (isPrimitive(value) && TELLABLE.test(`${name}=${value}`)) entry[name] = value
      if (entries.push(entry) > KEPT) entries.shift()
      onEntry?.(entry)
    },
    entries: () => [...entries],
  }
}

function isPrimitive(value: unknown): value is string | number | boolean | null {
  return Object(value) !== value
}
