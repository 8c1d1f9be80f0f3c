import type { SessionDocument } from '../document.ts'
import type { SessionStore } from '../store.ts'

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /** The current time in epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined
}

/** Keeps sessions in the memory of one process: for tests, and for servers that may forget them at a restart. */
// eslint-disable-next-line no-restricted-globals -- a server has one clock, and it can be passed in
export function memoryStore({ now = () => Date.now() }: MemoryStoreOptions = {}): SessionStore {
  const kept = new Map<string, { readonly json: string; readonly keepUntil: number }>()
  /** The sessions of each subject, so that they are found without a search. */
  const bySubject = new Map<string, Set<string>>()
  let sweepAtSize = 1_000

  function find(sid: string): SessionDocument | undefined {
    const found = kept.get(sid)
    if (found === undefined) return undefined
    const document = JSON.parse(found.json) as SessionDocument
    if (found.keepUntil > now()) return document
    kept.delete(sid)
    const siblings = bySubject.get(document.subject)
    siblings?.delete(sid)
    if (siblings?.size === 0) bySubject.delete(document.subject)
    return undefined
  }

  function findAll(sids: Iterable<string>): SessionDocument[] {
    return [...sids].flatMap((sid) => find(sid) ?? [])
  }

  return {
    now,
    read(sid) {
      const document = find(sid)
      return Promise.resolve(document && { document, readAt: now() })
    },
    write(document, keepUntil) {
      const { sid, subject, version } = document
      if ((find(sid)?.version ?? 0) !== version - 1) return Promise.resolve(false)
      // As text: what a caller changes afterwards is not what was stored.
      kept.set(sid, { json: JSON.stringify(document), keepUntil })
      bySubject.set(subject, (bySubject.get(subject) ?? new Set()).add(sid))
      // Sessions whose client never comes back are not read again. Each sweep takes as long as the growth since the last.
      if (kept.size >= sweepAtSize) sweepAtSize = 1_000 + 2 * findAll(kept.keys()).length
      return Promise.resolve(true)
    },
    list: (subject) => Promise.resolve(findAll(bySubject.get(subject) ?? [])),
    endedSince: (since) =>
      Promise.resolve(
        findAll(kept.keys()).filter(({ end }) => end !== undefined && end.at >= since),
      ),
  }
}
