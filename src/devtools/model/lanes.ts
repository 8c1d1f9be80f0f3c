import { inOrder, pageOf, type Detail, type Entry, type Kind } from './entry.ts'

/** What one tab did and saw. */
export interface Lane {
  readonly tab: number
  /** In order of time. What a page had begun when it went ends there. */
  readonly entries: readonly Entry[]
  /** When its last page was left, closed or lost; `null` while one is open. */
  readonly leftAt: number | null
  /** What the tab knew last; `null` if that is not known. */
  readonly state: Detail | null
}

/** What can be hidden together. */
export type Group = 'tokens' | 'renewals' | 'calls' | 'activity' | 'events'

const GROUPS: Readonly<Record<Group, readonly Kind[]>> = {
  tokens: ['token'],
  renewals: ['renewal', 'lock', 'queue'],
  calls: ['call'],
  activity: ['activity'],
  events: ['log', 'warning', 'mishap'],
}

/** The names of all groups, in the order in which they are offered. */
export const GROUP_NAMES: readonly Group[] = Object.keys(GROUPS) as Group[]

/** The group that an entry belongs to; `undefined` for what cannot be hidden. */
export function groupOf({ kind }: Pick<Entry, 'kind'>): Group | undefined {
  return GROUP_NAMES.find((group) => GROUPS[group].includes(kind))
}

/** Of these, an end that was not noted says nothing bad. */
const CALM: readonly Kind[] = ['token', 'lock', 'queue', 'activity', 'warning']

/** Sorts entries into lanes, a lane for each tab. Pure: the same entries give the same lanes, in whichever order they come. */
export function lanesOf(entries: Iterable<Entry>): readonly Lane[] {
  const byTab = new Map<number, Entry[]>()
  for (const entry of entries) {
    const known = byTab.get(entry.tab)
    if (known) known.push(entry)
    else byTab.set(entry.tab, [entry])
  }
  return [...byTab]
    .sort(([one], [other]) => one - other)
    .map(([tab, all]) => laneOf(tab, all.sort(inOrder)))
}

/** The same lane without the groups that are hidden. */
export function withoutGroups(lane: Lane, hidden: ReadonlySet<Group>): Lane {
  const isShown = (entry: Entry): boolean => {
    const group = groupOf(entry)
    return group === undefined || !hidden.has(group)
  }
  return hidden.size === 0 ? lane : { ...lane, entries: lane.entries.filter(isShown) }
}

/** Whether something is under way, which would be drawn differently a moment later. */
export function isUnderWay({ entries, leftAt }: Lane): boolean {
  return leftAt === null && entries.some(({ kind, until }) => until === null && kind !== 'tab')
}

function laneOf(tab: number, all: readonly Entry[]): Lane {
  const lives = all.filter(({ kind }) => kind === 'tab')
  // A number is given to one page at a time: when the next one has it, the page before has gone, though without a word.
  const ends: readonly (number | null)[] = lives.map(
    ({ until }, index) => until ?? lives[index + 1]?.at ?? null,
  )
  const goneAt = new Map(lives.map((life, index) => [pageOf(life), ends[index] ?? null]))
  const isOpen = ends.includes(null)
  // Numbers are given again, so the last page of a tab is the one that was opened last.
  const states = all.filter(({ kind }) => kind === 'state')
  return {
    tab,
    entries: all
      .filter(({ kind }) => kind !== 'state')
      .map((entry, _, rest) => closed(replaced(entry, rest), goneAt.get(pageOf(entry)) ?? null)),
    leftAt: isOpen || ends.length === 0 ? null : Math.max(...ends.map(Number)),
    state: states.at(-1)?.detail ?? null,
  }
}

/** A token lasts until the next one, and a warning until it is over: neither is noted as an end of its own. */
function replaced(entry: Entry, all: readonly Entry[]): Entry {
  if (entry.kind !== 'token' && entry.kind !== 'warning') return entry
  const next = all.find((each) => inOrder(each, entry) > 0 && isEndOf(each, entry))
  return next && (entry.until ?? Infinity) > next.at ? { ...entry, until: next.at } : entry
}

function isEndOf({ kind, detail }: Entry, begun: Entry): boolean {
  if (kind === begun.kind) return true
  const event = kind === 'log' ? detail['event'] : undefined
  return event === 'ended' || (event === 'extended' && begun.kind === 'warning')
}

/** What a page had begun ends with the page. */
function closed(entry: Entry, goneAt: number | null): Entry {
  if (goneAt === null || (entry.until ?? Infinity) <= goneAt) return entry
  const outcome = entry.outcome ?? (CALM.includes(entry.kind) ? 'quiet' : 'lost')
  return { ...entry, until: Math.max(entry.at, goneAt), outcome }
}

/** The pages that are open, as far as is known: the last of each tab, unless that has gone. Pure. */
export function openPages(entries: Iterable<Entry>): readonly Entry[] {
  const last = new Map<number, Entry>()
  for (const entry of [...entries].sort(inOrder))
    if (entry.kind === 'tab') last.set(entry.tab, entry)
  return [...last.values()].filter(({ until }) => until === null)
}
