import type { EngineName } from './names.ts'

/** A fault of latchkey that shows in one engine alone. */
interface KnownFailure {
  readonly engine: EngineName
  /** The full name of a story that shows it: file, groups and test, with " > " between them. */
  readonly story: string
  /** The number of the fault in the project's issue about faults found from outside. */
  readonly fault: number
  readonly what: string
}

/** The stories that show a fault today. One of these that passes fails the suite: take it from the list then. */
const KNOWN_FAILURES: readonly KnownFailure[] = []

/** Whether this story fails in this engine today. */
export function isKnownToFail(engine: EngineName, story: string): boolean {
  return KNOWN_FAILURES.some((known) => known.engine === engine && known.story === story)
}
