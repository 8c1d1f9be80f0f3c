import type { Clock, Dispose, Mirror, RecordStore } from '../../ports.ts'
import { completed, furtherOn, isAhead } from '../record/further-on.ts'
import { parseRecord } from '../record/parse-record.ts'
import { isNewer, withoutTokens, type Change, type SessionRecord } from '../record/record.ts'
import { createBoundedStore, NO_ANSWER, RETRY_MS, type Place } from './bounded-store.ts'

const LONGEST_RETRY_MS = 300_000
const REFUSED = new Error('Not what was to be replaced')

/** What a commit came to. */
export interface Commit {
  /**
   * `lost`: the record is not what the change was meant for. `failed`: the change must be durable, and IndexedDB does not
   * answer. In both cases nothing was written.
   */
  readonly outcome: 'written' | 'lost' | 'failed'
  /** The record as it is now. */
  readonly record: SessionRecord | null
}

/** The record that all tabs share: in IndexedDB, mirrored to localStorage, and in this tab's memory while neither works. */
export interface SharedRecord {
  /** What is there. Takes half a second at most, plus one time in which the page is frozen. Never rejects. */
  look(): Promise<SessionRecord | null>
  /** The mirror, at once. It may be stale. */
  peek(): SessionRecord | null
  /**
   * Compares and sets in one step. Takes as long as a look at most and never rejects. While IndexedDB does not answer, the
   * mirror and this tab's memory are used instead. A refresh token (`secret`) never goes to the mirror, and to memory
   * only if no other tab can have an older one of the same session. A record of a newer version stays (E3), unless
   * `replacesNewer`.
   */
  commit(change: Change, secret?: boolean, replacesNewer?: boolean): Promise<Commit>
  /**
   * Writes to the mirror alone, for a page that may be gone before a commit. The next look in any tab completes it. What
   * the mirror already knows, such as another tab's sign-out, stays.
   */
  announce(record: SessionRecord): void
  /** Where the record was found last. */
  readonly place: Place
  /** Whether a refresh token could be kept now: not while IndexedDB holds an older one and does not answer (G2). */
  canKeepSecrets(): boolean
  /** Calls `onChange` when another tab has written to the mirror. */
  watch(onChange: () => void): Dispose
  close(): void
}

/** Opens the shared record. `onFallback` is called once, if IndexedDB does not answer, with what stands in for it. */
export function openSharedRecord(
  clock: Clock,
  store: RecordStore,
  mirror: Mirror,
  onFallback: (place: Exclude<Place, 'indexed-db'>) => void,
): SharedRecord {
  /** The newest record this tab has seen. */
  let known: SessionRecord | null = null
  /** IndexedDB lacks `known`: it may be remembered here alone. */
  let isUnwritten = false
  /** The session that began here while IndexedDB did not answer: only this tab's memory has its refresh token. */
  let ownSession: string | undefined
  let cancelRetry: Dispose | undefined
  let retryMs = RETRY_MS
  let isClosed = false
  const bounded = createBoundedStore({
    clock,
    store,
    mirror,
    refused: REFUSED,
    onFallback(place) {
      if (!isClosed) onFallback(place)
    },
  })

  function peek(): SessionRecord | null {
    const mirrored = parseRecord(mirror.read())
    // The mirror never has tokens. What says that it has, is not ours.
    return mirrored && withoutTokens(mirrored)
  }

  /** Adds what IndexedDB lacks: what was written while it did not answer, or a sign-out whose page was gone before the commit (G2). */
  function withUnwritten(stored: SessionRecord | null): SessionRecord | null {
    return completed(stored, [peek(), isUnwritten ? known : null])
  }

  async function look(): Promise<SessionRecord | null> {
    const before = known
    const stored = await bounded.attempt(async () => parseRecord(await store.read()))
    if (stored === NO_ANSWER) return (known = withUnwritten(known))
    // Something newer was learned during the read.
    if (known !== before && !isAhead(stored, known)) return known
    if (withUnwritten(stored) === stored) {
      isUnwritten = false
      ownSession = undefined
      // A worker has no mirror to write to.
      if (stored && isAhead(stored, peek())) announce(stored)
      return (known = stored)
    }
    return (await commit((current) => current ?? undefined)).record
  }

  async function commit(change: Change, secret = false, replacesNewer = false): Promise<Commit> {
    let record = known
    let outcome: Commit['outcome'] = 'failed'

    function apply(stored: unknown): SessionRecord {
      const found = parseRecord(stored)
      const current = withUnwritten(found)
      // Only a login or a logout that could not be written yet is further on than the record of a newer version. A value that
      // is no record of any version (E3) says nothing.
      const mayWrite = replacesNewer || !found || !isNewer(current)
      const next = mayWrite ? change(current) : undefined
      record = next ?? current
      outcome = next ? 'written' : 'lost'
      if (!next) throw REFUSED
      return next
    }

    try {
      const isHung = (await bounded.attempt(() => store.update(apply))) === NO_ANSWER
      if (isHung) {
        const before = withUnwritten(known)
        const { session } = apply(known)
        if (session !== before?.session) ownSession = session
        if (secret && session !== ownSession) return { outcome: 'failed', record: known }
      } else {
        ownSession = undefined
      }
      isUnwritten = isHung
      completeLater()
      if (record) announce(record)
    } catch {
      // REFUSED: nothing was written.
    }
    known = record
    return { outcome, record }
  }

  /** Tries again later without being asked: other tabs may not learn of the record until IndexedDB has it. */
  function completeLater(): void {
    if (!isUnwritten) retryMs = RETRY_MS
    if (!isUnwritten || isClosed || cancelRetry) return
    cancelRetry = clock.schedule(() => {
      cancelRetry = undefined
      void look().then(completeLater)
    }, retryMs)
    retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS)
  }

  function announce(record: SessionRecord): void {
    // Other tabs could never get the refresh token of a session that only this tab's memory has.
    if (record.session === ownSession && record.sealed) return
    const mirrored = peek()
    // The mirror of a newer version stays as it is until a user signs in or out (E3).
    if (isNewer(record) || (isNewer(mirrored) && !isAhead(record, mirrored))) return
    mirror.write(withoutTokens(furtherOn(record, mirrored)))
  }

  return {
    look,
    peek,
    commit,
    announce,
    get place() {
      return bounded.place
    },
    canKeepSecrets: () =>
      !bounded.isUnavailable() || (known !== null && known.session === ownSession),
    watch: (onChange) => mirror.watch(onChange),
    close() {
      isClosed = true
      bounded.close()
      cancelRetry?.()
      store.close()
    },
  }
}
