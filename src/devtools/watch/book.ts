import type { Dispose, Ports } from '../../ports.ts'
import {
  newerOf,
  numberOf,
  pageOf,
  readEntry,
  type Entry,
  type Kind,
  type Outcome,
} from '../model/entry.ts'
import type { Noted } from '../model/from-log.ts'
import { openPages } from '../model/lanes.ts'
import { heldLocks, lockOfTab, takeTabNumber, type TabNumber } from './tab-number.ts'

const MOST_ENTRIES = 4_000
/** Kept for the next page: a sign-in page should be able to say what had happened before it. */
const KEPT_ENTRIES = 600
const KEPT_MS = 24 * 60 * 60_000

/** Ends what was begun. `detail` is added to what was known when it began. */
export type EndEntry = (outcome: Outcome, detail?: object) => void

/** What tabs tell each other beside entries, such as to cause a mishap. Its members are not checked yet. */
export interface Order {
  readonly type: string
  readonly [member: string]: unknown
}

/** What all tabs of a session did and saw, the same in every tab. */
export interface Book {
  /** The number of this tab; `null` until it has one. */
  readonly tab: number | null
  /** Resolves to the number of this tab. */
  readonly numbered: Promise<number>
  entries(): readonly Entry[]
  /** Notes what happens at one moment. */
  note(noted: Noted): void
  /** Notes what begins now. */
  begin(kind: Kind, detail?: object): EndEntry
  /** Replaces what this tab last said about itself. */
  describe(detail: object): void
  /** Calls `listener` after each change. */
  watch(listener: () => void): Dispose
  /** Epoch milliseconds, by the clock of the entries. */
  now(): number
  /** Asks something of the other tabs. */
  send(order: Order): void
  /** Looks which tabs have gone without a word: a lock of a tab that has crashed is free. */
  callTheRoll(): Promise<void>
  /** Forgets all entries, in all tabs. */
  clear(): void
  close(): void
}

/** Opens the book of the session `name`, and joins the other tabs. `onOrder` is called with what they ask. */
export function openBook(
  ports: Ports,
  name: string,
  onOrder: (order: Order, answer: (order: Order) => void) => void,
): Book {
  const { clock, page } = ports
  const load = shortened(ports.randomId())
  const startedAt = clock.now() - clock.uptime()
  const mirror = ports.openMirror(`${name}:devtools`)
  const known = new Map<string, Entry>()
  const listeners = new Set<() => void>()
  /** Noted before this tab has a number. */
  let early: Entry[] = []
  let taken: TabNumber | null = null
  let endLife: EndEntry | undefined
  let isOpen = true
  let setNumber: (tab: number) => void = () => undefined
  const numbered = new Promise<number>((resolve) => (setNumber = resolve))
  let count = 0

  // Not the system clock: a mishap or a test may have moved that one in this tab alone.
  const now = (): number => startedAt + clock.uptime()

  function keep(found: readonly unknown[]): void {
    for (const each of found) {
      const entry = readEntry(each)
      if (entry?.kind === 'state') forgetState(entry)
      if (entry) known.set(entry.id, newerOf(known.get(entry.id), entry))
    }
    const over = known.size - MOST_ENTRIES
    if (over > 0)
      for (const { id, kind } of [...known.values()].slice(0, over))
        if (kind !== 'tab' && kind !== 'state') known.delete(id)
    for (const listener of [...listeners]) listener()
  }

  /** Of what a page has said about itself, the last is enough. Others may come late, and are told apart by their number. */
  function forgetState(said: Entry): void {
    for (const each of known.values())
      if (each.kind === 'state' && pageOf(each) === pageOf(said) && numberOf(each) < numberOf(said))
        known.delete(each.id)
  }

  function tell(entry: Omit<Entry, 'tab'>): void {
    if (!isOpen) return
    if (!taken) return void early.push({ ...entry, tab: 1 })
    const told = readEntry({ ...entry, tab: taken.tab })
    if (!told) return
    keep([told])
    channel?.post({ type: 'seen', entries: [told] })
  }

  function begin(kind: Kind, detail: object = {}): EndEntry {
    const entry = { id: `${load}.${count++}`, kind, at: now(), detail: { ...detail } }
    tell({ ...entry, until: null, outcome: null })
    return (outcome, more) =>
      tell({ ...entry, until: now(), outcome, detail: { ...detail, ...more } })
  }

  async function live(): Promise<void> {
    const life = begin('tab')
    endLife = life
    const number = await takeTabNumber(ports, name)
    if (!isOpen || endLife !== life) return number.release()
    taken = number
    setNumber(number.tab)
    const all = early
    early = []
    for (const entry of all) tell(entry)
    channel?.post({ type: 'hello' })
  }

  function leave(): void {
    endLife?.('quiet')
    endLife = undefined
    const entries = [...known.values()].slice(-KEPT_ENTRIES)
    mirror.write(entries)
    taken?.release()
  }

  function hear(message: unknown): void {
    const order = Object(message) as Order
    const post = (answer: Order): void => channel?.post(answer)
    switch (order.type) {
      case 'hello':
        post({ type: 'seen', entries: [...known.values()] })
        break
      case 'seen':
        if (Array.isArray(order['entries'])) keep(order['entries'])
        return
      case 'clear':
        return forget()
    }
    onOrder(order, post)
  }

  /** Pages that are open stay: their lanes would be gone for good. */
  function forget(): void {
    for (const { id, kind, until } of known.values())
      if (until !== null || !(kind === 'tab')) known.delete(id)
    mirror.write([])
    keep([])
  }

  const kept = mirror.read()
  if (Array.isArray(kept)) keep(kept.filter((each) => (readEntry(each)?.at ?? 0) > now() - KEPT_MS))
  // Before the channel, which closes itself when the page is left: the last word has to be out by then.
  const stopWatching = page.watch((moment) => {
    if (moment === 'left') leave()
    if (moment === 'woke' && !endLife && isOpen) void live()
  })
  const channel = ports.openChannel(`${name}:devtools`, hear)
  void live()

  return {
    get tab() {
      return taken && taken.tab
    },
    numbered,
    entries: () => [...known.values()],
    note: (noted) => tell({ ...noted, id: `${load}.${count++}` }),
    begin,
    describe(detail) {
      const at = now()
      const id = `${load}.${count++}`
      tell({ id, kind: 'state', at, until: at, outcome: 'quiet', detail: { ...detail } })
    },
    watch(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    now,
    send: (order) => channel?.post(order),
    async callTheRoll() {
      const held = await heldLocks(ports)
      if (!held || !isOpen) return
      const lost = openPages(known.values()).filter(
        ({ tab }) => tab !== taken?.tab && !held.has(lockOfTab(name, tab)),
      )
      if (lost.length === 0) return
      const entries = lost.map((entry) => ({ ...entry, until: now(), outcome: 'lost' as const }))
      keep(entries)
      channel?.post({ type: 'seen', entries })
    },
    clear() {
      forget()
      channel?.post({ type: 'clear' })
    },
    close() {
      leave()
      isOpen = false
      stopWatching()
      channel?.close()
    },
  }
}

/** A short name for a long one, by FNV-1a: enough to tell the pages of one session apart. */
function shortened(id: string): string {
  let hash = 0x811c9dc5
  for (const character of id)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return hash.toString(36)
}
