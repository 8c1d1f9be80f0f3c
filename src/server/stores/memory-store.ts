import type { SessionDocument } from '../document.ts'
import type { SessionStore } from '../store.ts'

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /** The current time in epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined
}

/** Keeps sessions in the memory of one process: for tests, and for servers that may forget them at a restart. */
// eslint-disable-next-line no-restricted-globals -- a server has one clock, and it can be passed in
export function memoryStore({ now = Date.now }: MemoryStoreOptions = {}): SessionStore {
  const kept = new Map<string, { readonly json: string; readonly keepUntil: number }>()
  /** The subject of each session, so that its sessions are found without a search. */
  const bySubject = new Map<string, Set<string>>()

  function find(sid: string): SessionDocument | undefined {
    const found = kept.get(sid)
    if (found === undefined) return undefined
    const document = JSON.parse(found.json) as SessionDocument
    if (found.keepUntil > now()) return document
    kept.delete(sid)
    bySubject.get(document.subject)?.delete(sid)
    return undefined
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
      return Promise.resolve(true)
    },
    list: (subject) =>
      Promise.resolve([...(bySubject.get(subject) ?? [])].flatMap((sid) => find(sid) ?? [])),
    endedSince: (since) =>
      Promise.resolve(
        [...kept.keys()].flatMap((sid) => {
          const document = find(sid)
          if (document?.end === undefined || document.end.at < since) return []
          return [{ sid, subject: document.subject, ...document.end }]
        }),
      ),
  }
}
