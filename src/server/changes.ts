import { ended, keepUntil, overAt, timeIn, type SessionDocument } from './document.ts'
import type { Settings } from './options.ts'
import { Refusal } from './http/refusal.ts'
import type { SessionStore } from './store.ts'
import { isSid } from './token/token.ts'

/** Of this many requests that change a session at the same moment, each is served. */
const MOST_TRIES = 20

/** The store, with what all changes of documents have in common. */
export interface Changes<Data> {
  /** Reads a document, and the time in it. Resolves to `undefined` if the session is unknown. */
  read(sid: string): Promise<{ document: SessionDocument<Data>; at: number } | undefined>
  write(document: SessionDocument<Data>): Promise<boolean>
  /**
   * Decides on a fresh read, until what was decided could be written: `attempt` resolves to `undefined` if another change
   * was faster. Throws a {@link Refusal} with 503 if that happens too often.
   */
  retry<Result>(attempt: () => Promise<Result | undefined>): Promise<Result>
  /** Ends a session. Resolves to whether it was alive. */
  end(sid: string, reason: string): Promise<boolean>
  /** Ends a session if nothing has changed since it was read; `undefined` otherwise. */
  endHere(document: SessionDocument<Data>, reason: string, at: number): Promise<true | undefined>
  /** Ends those sessions of a subject that `includes` names. Resolves to how many. */
  endAll(
    subject: string,
    reason: string,
    includes: (document: SessionDocument<Data>) => boolean,
  ): Promise<number>
  list(subject: string): Promise<SessionDocument<Data>[]>
}

/** Wraps the store. */
export function createChanges<Data>({
  store,
  limits,
  audit,
}: Pick<Settings<Data>, 'limits' | 'audit'> & { readonly store: SessionStore }): Changes<Data> {
  const changes: Changes<Data> = {
    async read(sid) {
      if (!isSid(sid)) return undefined
      const found = await store.read(sid)
      if (found === undefined) return undefined
      const document = found.document as SessionDocument<Data>
      return { document, at: timeIn(document, found.readAt) }
    },
    write: (document) => store.write(document, keepUntil(document, limits.accessTtlS)),

    async retry(attempt) {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const result = await attempt()
        if (result !== undefined) return result
      }
      const headers = { 'retry-after': '1' }
      throw new Refusal(503, 'temporarily_unavailable', 'Too many requests at once.', headers)
    },

    end: (sid, reason) =>
      changes.retry(async () => {
        const found = await changes.read(sid)
        if (found === undefined || overAt(found.document, found.at)) return false
        return changes.endHere(found.document, reason, found.at)
      }),

    async endHere(document, reason, at) {
      const over = ended(document, reason, limits.accessTtlS, at)
      if (!(await changes.write(over))) return undefined
      const { sid, subject, end } = over
      audit?.({ event: 'ended', sid, subject, reason, end })
      return true
    },

    async endAll(subject, reason, includes) {
      const documents = (await changes.list(subject)).filter((each) => !each.end && includes(each))
      const results = await Promise.all(documents.map(({ sid }) => changes.end(sid, reason)))
      return results.filter((hasEnded) => hasEnded).length
    },

    list: async (subject) => (await store.list(subject)) as SessionDocument<Data>[],
  }
  return changes
}
