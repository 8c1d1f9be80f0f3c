/** What an entry stands for. `tab`: a page of the session is open; `state`: what a tab knows now; `log`: an entry of the log. */
export type Kind = (typeof KINDS)[number]

/** How something ended. `lost`: no answer came; `quiet`: neither good nor bad. */
export type Outcome = (typeof OUTCOMES)[number]

/** What is told of an entry: numbers, and words like the library's own. */
export type Detail = Readonly<Record<string, string | number | boolean | null>>

/** One thing that a tab did or saw. It holds no token, no key, no name of a user and no URL, because {@link readEntry} made it. */
export interface Entry {
  /** The page that noted it, and the number of the entry in that page: `k3v9x2ab.17`. */
  readonly id: string
  /** The number of the tab, from 1. */
  readonly tab: number
  readonly kind: Kind
  /** When it began, in epoch milliseconds, by a clock that no mishap moves. */
  readonly at: number
  /** When it ended or will end; `null` while it goes on. */
  readonly until: number | null
  /** `null` while it goes on. */
  readonly outcome: Outcome | null
  readonly detail: Detail
}

const KINDS = [
  'tab',
  'state',
  'token',
  'renewal',
  'call',
  'lock',
  'queue',
  'activity',
  'warning',
  'log',
  'mishap',
] as const
const OUTCOMES = ['good', 'bad', 'lost', 'quiet'] as const
const MOST_TABS = 999
/** The last moment that a `Date` can hold, in epoch milliseconds. */
const LAST_MS = 8.64e15

// The same principle as that of the log: a name that is listed, and a value that cannot be a secret.
const WORD = /^[a-z]{1,24}(?:-[a-z]{1,24}){0,3}$/
const PATH = /^(?:\/(?:[a-z][a-z-]{0,23}|v\d{1,2}|…)){1,8}\/?$/
const METHOD = /^[A-Z]{3,7}$/
const WORDS: ReadonlySet<string> = new Set([
  ...['event', 'initiator', 'by', 'reason', 'cause', 'outcome', 'moment', 'found', 'missing'],
  ...['to', 'session', 'storage', 'mishap'],
])
const NUMBERS: ReadonlySet<string> = new Set([
  ...['ms', 'status', 'forMs', 'endsInMs', 'retryInMs', 'epoch', 'generation', 'seq', 'answerMs'],
  ...['failures', 'idleAfterMs', 'ahead'],
])
const FLAGS: ReadonlySet<string> = new Set([
  ...['locked', 'numbered', 'idempotent', 'extendable', 'on', 'replayed', 'rejected'],
])

/**
 * Reads an entry that another tab, a file or this page has made. Everything that is not listed here is left out, so that an
 * entry cannot hold a secret whichever way it came. `null` if it is no entry.
 */
export function readEntry(value: unknown): Entry | null {
  const { id, tab, kind, at, until, outcome, detail } = Object(value) as Partial<
    Record<keyof Entry, unknown>
  >
  if (typeof id !== 'string' || !/^[\w-]{1,12}\.\d{1,9}$/.test(id)) return null
  if (!Number.isInteger(tab) || (tab as number) < 1 || (tab as number) > MOST_TABS) return null
  if (!isMoment(at) || (until !== null && !isMoment(until)) || !isOneOf(KINDS, kind)) return null
  if (outcome !== null && !isOneOf(OUTCOMES, outcome)) return null
  return { id, tab: tab as number, kind, at, until, outcome, detail: readDetail(detail) }
}

/** What may be told of an entry: the members that are listed, with values that cannot be secret. */
export function readDetail(value: unknown): Detail {
  const pairs = Object.entries(Object(value) as Record<string, unknown>)
  return Object.fromEntries(pairs.filter(([name, each]) => mayTell(name, each))) as Detail
}

/** Whether a value is a word like the library's own, or up to four of them with hyphens: then it may be told. */
export function isWord(value: unknown): value is string {
  return typeof value === 'string' && WORD.test(value)
}

/** A path as it may be told: words stay, and every other part, such as an id, becomes `…`. */
export function readPath(path: string): string {
  const parts = path.split(/[?#]/, 1)[0]?.split('/').filter(Boolean) ?? []
  const told = parts.map((part) => (/^(?:[a-z][a-z-]{0,23}|v\d{1,2})$/.test(part) ? part : '…'))
  return `/${told.slice(0, 8).join('/')}`
}

/** The page that noted an entry. */
export function pageOf({ id }: Pick<Entry, 'id'>): string {
  return id.slice(0, id.indexOf('.'))
}

/** The number of an entry in the page that noted it. */
export function numberOf({ id }: Pick<Entry, 'id'>): number {
  return Number(id.slice(id.indexOf('.') + 1))
}

/** The order of entries: by time, and of one moment as their page has noted them. */
export function inOrder(one: Entry, other: Entry): number {
  if (one.at !== other.at) return one.at - other.at
  if (pageOf(one) === pageOf(other)) return numberOf(one) - numberOf(other)
  return one.id < other.id ? -1 : 1
}

/**
 * Which of two versions of an entry counts: one that has ended stays so, because what another tab sends may be older than
 * what is known here.
 */
export function newerOf(known: Entry | undefined, found: Entry): Entry {
  return known && known.outcome !== null && found.outcome === null ? known : found
}

function mayTell(name: string, value: unknown): boolean {
  if (value === null) return NUMBERS.has(name) || FLAGS.has(name)
  if (typeof value === 'number') return NUMBERS.has(name) && Number.isFinite(value)
  if (typeof value === 'boolean') return FLAGS.has(name)
  if (typeof value !== 'string') return false
  if (name === 'path') return PATH.test(value)
  if (name === 'method') return METHOD.test(value)
  return WORDS.has(name) && isWord(value)
}

function isMoment(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LAST_MS
}

function isOneOf<Name extends string>(names: readonly Name[], value: unknown): value is Name {
  return (names as readonly unknown[]).includes(value)
}
