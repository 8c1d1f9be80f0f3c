import type { SessionRecord } from '../record/record.ts'

/**
 * The key that the first refresh of the next session must have, if there is one. A tab that has just opened, and asks
 * whether a user is signed in, may be renewing the new cookie already; so may the earlier of two logins made at once.
 * A refresh that repeats their step sends the same key (E2).
 */
export function firstKeyAfter(current: SessionRecord | null): string | undefined {
  return current && current.generation < 2 ? current.key : undefined
}
