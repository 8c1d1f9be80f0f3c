import type { Diagnostics } from '../../core/notify/diagnostics.ts'
import type { LogEntry } from '../../core/notify/event-log.ts'
import { readDetail, readEntry, type Entry } from './entry.ts'
import { fromLog } from './from-log.ts'

/** What a file holds: the timeline of all tabs, and what `session.diagnostics()` says in each of them. */
export interface Day {
  /** The name of the session. */
  readonly name: string
  /** When it was written, in epoch milliseconds. */
  readonly at: number
  readonly entries: readonly Entry[]
  /** By the number of the tab. */
  readonly diagnostics: Readonly<Record<string, Diagnostics>>
}

const FORMAT = 'latchkey-devtools'
const VERSION = 1
const MOST_ENTRIES = 50_000
const LONGEST_NAME = 200

/** Writes a day as a file: JSON, indented, because it is read by people, too. */
export function writeDay(day: Day): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, ...day }, null, 1)}\n`
}

/**
 * Reads a file that {@link writeDay} wrote, or the JSON of what `session.diagnostics()` gave. Everything in it is read as
 * entries of another tab are. Throws a `TypeError` that says what is wrong with the file.
 */
export function readDay(text: string): Pick<Day, 'name' | 'at' | 'entries'> {
  const file = parse(text)
  if (file['format'] === undefined && Array.isArray(file['events'])) return fromDiagnostics(file)
  if (file['format'] !== FORMAT)
    throw new TypeError('This is no file of latchkey’s developer tools, and no diagnostics')
  if (file['version'] !== VERSION)
    throw new TypeError(`This file was written by another version: ${String(file['version'])}`)
  const { name, at, entries } = file
  if (!Array.isArray(entries)) throw new TypeError('The file has no list of entries')
  return {
    name: typeof name === 'string' ? name : '',
    at: typeof at === 'number' ? at : 0,
    entries: entries
      .slice(-MOST_ENTRIES)
      .map(readEntry)
      .filter((entry) => entry !== null),
  }
}

/** The diagnostics of one tab, as an application attaches them to a bug report. */
function fromDiagnostics(found: Readonly<Record<string, unknown>>): ReturnType<typeof readDay> {
  const { name, status, storage, epoch, generation, events } = found
  const logged = (events as readonly unknown[]).filter(isLogged)
  const at = logged.at(-1)?.at ?? 0
  const state = { session: status, storage, epoch, generation }
  const noted = [
    ...logged.flatMap((entry) => fromLog(entry)),
    { kind: 'state', at, until: at, outcome: 'quiet', detail: state },
  ]
  return {
    name: typeof name === 'string' ? name : '',
    at,
    entries: noted
      .map((each, index) => readEntry({ ...each, tab: 1, id: `file.${index}` }))
      .filter((entry) => entry !== null),
  }
}

function isLogged(value: unknown): value is LogEntry {
  const { at, event } = Object(value) as Partial<LogEntry>
  return Number.isFinite(at) && typeof event === 'string'
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>
  } catch {
    throw new TypeError('The file is no JSON')
  }
}

/**
 * Reads the diagnostics that another tab has sent. What is not known is left out, as in {@link readEntry}: a message between
 * tabs may come from any script of this origin. `null` if these are no diagnostics.
 */
export function readDiagnostics(value: unknown): Diagnostics | null {
  const found = Object(value) as Partial<Record<keyof Diagnostics, unknown>>
  const { name, status, storage, epoch, generation, lock, unlistedOrigins, events } = found
  if (typeof name !== 'string' || typeof status !== 'string' || !Array.isArray(events)) return null
  const { session = 'restoring', storage: place = 'memory' } = readDetail({
    session: status,
    storage,
  })
  const { heldBy, pending } = Object(lock) as Record<string, unknown>
  const isHolder = heldBy === 'this-tab' || heldBy === 'other-tab'
  return {
    name: name.replace(/[?#].*/, '').slice(0, LONGEST_NAME),
    status: session as Diagnostics['status'],
    epoch: Number(epoch) || 0,
    generation: Number(generation) || 0,
    storage: place as Diagnostics['storage'],
    lock: lock ? { heldBy: isHolder ? heldBy : null, pending: Number(pending) || 0 } : null,
    unlistedOrigins: readOrigins(unlistedOrigins),
    events: events.filter(isLogged).map(readLogged),
  }
}

function readLogged({ at, event, ...rest }: LogEntry): LogEntry {
  const times = ['accessExpiresAt', 'endsAt', 'retryAt'].filter((name) =>
    Number.isFinite(rest[name]),
  )
  return {
    ...(readDetail(rest) as object),
    ...Object.fromEntries(times.map((name) => [name, Number(rest[name])])),
    at,
    event: String(readDetail({ event })['event'] ?? 'unknown'),
  }
}

function readOrigins(value: unknown): Record<string, number> {
  const pairs = Object.entries(Object(value) as Record<string, unknown>)
  return Object.fromEntries(
    pairs.flatMap(([origin, count]) =>
      typeof count === 'number' && /^https?:\/\/[a-z\d.:[\]-]{1,253}$/.test(origin)
        ? [[origin, count]]
        : [],
    ),
  )
}
