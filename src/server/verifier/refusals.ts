/** The tokens of a session that has ended, or those of a subject that were issued before a moment in epoch milliseconds. */
export type RefusedTokens =
  { readonly sid: string } | { readonly subject: string; readonly before: number }

/** What has been revoked, for as long as there may be tokens of it. */
export interface Refusals {
  add(refused: RefusedTokens, at: number): void
  /** Whether a token that names these is refused. `issuedAt` is in epoch milliseconds. */
  has(token: { sid: unknown; subject: unknown; issuedAt: number }): boolean
}

/** A token may be signed a moment after its session has ended, by a request that was on its way. */
const SIGNED_LATE_MS = 60_000

/** Creates an empty list. No token lives longer than `longestMs`. */
export function createRefusals(longestMs: number): Refusals {
  const sessions = new Map<unknown, { readonly forgetAt: number }>()
  const subjects = new Map<unknown, { readonly forgetAt: number; readonly before: number }>()

  /** What was refused first is forgotten first, so nothing else needs to be looked at. */
  function forget(refused: Map<unknown, { readonly forgetAt: number }>, at: number): void {
    for (const [name, { forgetAt }] of refused) {
      if (forgetAt > at) return
      refused.delete(name)
    }
  }

  return {
    add(refused, at) {
      forget(sessions, at)
      forget(subjects, at)
      const forgetAt = at + longestMs + SIGNED_LATE_MS
      if ('sid' in refused) {
        sessions.delete(refused.sid)
        sessions.set(refused.sid, { forgetAt })
        return
      }
      const { subject } = refused
      const before = Math.max(refused.before, subjects.get(subject)?.before ?? 0)
      subjects.delete(subject)
      subjects.set(subject, { forgetAt, before })
    },
    has: ({ sid, subject, issuedAt }) =>
      sessions.has(sid) || issuedAt < (subjects.get(subject)?.before ?? 0),
  }
}
