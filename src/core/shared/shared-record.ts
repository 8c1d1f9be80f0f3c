import type { Clock, Dispose, Mirror, RecordStore } from '../../ports.ts'
import { furtherOn } from '../record/further-on.ts'
import {
  isAhead,
  parseRecord,
  VERSION,
  withoutTokens,
  type SessionRecord,
} from '../record/record.ts'
import { withinAwake } from '../time/sleep.ts'

const PATIENCE_MS = 500
const GUEST_MS = 5_000
const LONGEST_RETRY_MS = 300_000
const REFUSED = new Error('Not what was to be replaced')
const HUNG = Symbol('hung')

/** The new record, or nothing if what is there is not what the change was meant for. */
export type Change = (current: SessionRecord | null) => SessionRecord | undefined

/** What a commit came to. */
export interface Commit {
  /** `lost`: the comparison failed. `failed`: it had to be durable, and IndexedDB does not answer. Then nothing was written. */
  readonly outcome: 'written' | 'lost' | 'failed'
  /** What is there now. */
  readonly record: SessionRecord | null
}

/** Where the record is kept: for all tabs, for all as far as no token is in it, or for this tab alone. */
export type Place = 'indexed-db' | 'local-storage' | 'memory'

/** The record as all tabs see it: in IndexedDB, mirrored to localStorage, and as far as neither answers in this tab alone. */
export interface SharedRecord {
  /** What is there. Takes at most half a second, not counting one time in which the page stands still. Never rejects. */
  look(): Promise<SessionRecord | null>
  /** The mirror, at once: news at most, never the last word. */
  peek(): SessionRecord | null
  /**
   * Compares and sets in one step. Takes as long as a look at most and never rejects. Where IndexedDB does not answer, the
   * mirror and this tab's memory have to do. Not so for a refresh token (`secret`): no mirror takes it, and memory only
   * if no other tab can have an older one of the same session.
   */
  commit(change: Change, secret?: boolean): Promise<Commit>
  /**
   * Writes to the mirror alone, for a page that may not live to see a commit. The next look anywhere completes it. What
   * the mirror has heard already, such as another tab's sign-out, stays.
   */
  announce(record: SessionRecord): void
  /** Where the last attempt found it. */
  readonly place: Place
  /** Whether a refresh token could be kept, if one came now: not while IndexedDB holds an older one and does not answer (G2). */
  canKeepSecrets(): boolean
  watch(onChange: () => void): Dispose
  close(): void
}

/** Opens the shared record. `onGuest` hears, once, that IndexedDB does not answer, and what stands in for it. */
export function openSharedRecord(
  clock: Clock,
  store: RecordStore,
  mirror: Mirror,
  onGuest: (place: Exclude<Place, 'indexed-db'>) => void,
): SharedRecord {
  let guestUntil = -Infinity
  let warned = false
  let place: Place = 'indexed-db'
  /** The newest record this tab has seen, and whether IndexedDB still lacks it: then maybe nobody else remembers it. */
  let known: SessionRecord | null = null
  let unwritten = false
  /** The session that began here while IndexedDB did not answer: only this tab's memory has its refresh token. */
  let ownSession: string | undefined
  let cancelRetry: Dispose | undefined
  let retryMs = GUEST_MS
  let isClosed = false

  const peek = (): SessionRecord | null => parseRecord(mirror.read())
  const isGuest = (): boolean => clock.uptime() < guestUntil

  /** What the mirror or this tab knows and IndexedDB does not yet: a guest's work, or a sign-out too hasty to commit (G2). */
  function caughtUp(stored: SessionRecord | null): SessionRecord | null {
    let record = stored
    for (const other of [peek(), unwritten ? known : null]) record = furtherOn(record, other)
    if (!record?.tombstone || record === stored) return record
    // A mirror holds no token; the one with which the server can be told is still in the record that is being replaced.
    return {
      ...record,
      tombstone: { ...record.tombstone, sealed: stored?.tombstone?.sealed ?? stored?.sealed },
    }
  }

  /** One bounded try at IndexedDB. After a failure there is none for five seconds, so that nobody waits for each call. */
  async function attempt<T>(work: () => Promise<T>): Promise<T | typeof HUNG> {
    if (isGuest()) return HUNG
    try {
      const result = await withinAwake(clock, PATIENCE_MS, work(), HUNG)
      if (result !== HUNG) {
        place = 'indexed-db'
        return result
      }
    } catch (error) {
      if (error === REFUSED) throw error
    }
    store.reopen()
    guestUntil = clock.uptime() + GUEST_MS
    place = mirror.write(mirror.read()) ? 'local-storage' : 'memory'
    if (!warned && !isClosed) onGuest(place)
    warned = true
    return HUNG
  }

  async function look(): Promise<SessionRecord | null> {
    const before = known
    const stored = await attempt(async () => parseRecord(await store.read()))
    if (stored === HUNG) return (known = caughtUp(known))
    // Something newer was learned while this was read.
    if (known !== before && !isAhead(stored, known)) return known
    if (caughtUp(stored) === stored) {
      unwritten = false
      ownSession = undefined
      return (known = stored)
    }
    return (await commit((current) => current ?? undefined)).record
  }

  async function commit(change: Change, secret = false): Promise<Commit> {
    let record = known
    let outcome: Commit['outcome'] = 'failed'

    function apply(stored: unknown): SessionRecord {
      const found = parseRecord(stored)
      const current = caughtUp(found)
      // A newer version's record is read, never written (E3).
      const isNewer = [found, current].some((record) => (record?.v ?? 0) > VERSION)
      const next = isNewer ? undefined : change(current)
      record = next ?? current
      outcome = next ? 'written' : 'lost'
      if (!next) throw REFUSED
      return next
    }

    try {
      const hung = (await attempt(() => store.update(apply))) === HUNG
      if (hung) {
        const before = caughtUp(known)
        const { session } = apply(known)
        if (session !== before?.session) ownSession = session
        if (secret && session !== ownSession) return { outcome: 'failed', record: known }
      } else {
        ownSession = undefined
      }
      unwritten = hung
      completeLater()
      if (record) announce(record)
    } catch {
      // REFUSED: the comparison failed, nothing was written.
    }
    known = record
    return { outcome, record }
  }

  /** Others may not hear of what IndexedDB lacks, until it is there. So this tab tries again, though nobody may ask it anything. */
  function completeLater(): void {
    if (!unwritten) retryMs = GUEST_MS
    if (!unwritten || isClosed || cancelRetry) return
    cancelRetry = clock.schedule(() => {
      cancelRetry = undefined
      void look().then(completeLater)
    }, retryMs)
    retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS)
  }

  function announce(record: SessionRecord): void {
    // Nobody else could get at the refresh token of a session that only this tab's memory has.
    if (record.session === ownSession && record.sealed) return
    mirror.write(withoutTokens(furtherOn(record, peek())))
  }

  return {
    look,
    peek,
    commit,
    announce,
    get place() {
      return place
    },
    canKeepSecrets: () => !isGuest() || (known !== null && known.session === ownSession),
    watch: (onChange) => mirror.watch(onChange),
    close() {
      isClosed = true
      cancelRetry?.()
      store.close()
    },
  }
}
