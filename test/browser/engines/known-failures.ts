import type { EngineName } from './names.ts'

/** A fault of latchkey that shows in one engine alone. */
interface KnownFailure {
  readonly engine: EngineName
  /** The full name of a test that shows it: file, groups and test, with " > " between them. */
  readonly story: string
  /** The number of the fault in the project's issue about faults found from outside. */
  readonly fault: number
}

/** The tests that show a fault today. If one of them passes, the suite fails: then remove it from the list. */
const KNOWN_FAILURES: readonly KnownFailure[] = [
  // A keepalive request that is in flight when its page goes into the back/forward cache never settles in WebKit. A page
  // that comes back waits for its answer for ten seconds.
  ...['cookie', 'body'].flatMap((mode) =>
    [
      'a tab that goes into the back/forward cache and comes back with an outdated answer adopts the newer token of another tab',
    ].map((story) => ({
      engine: 'webkit' as const,
      story: `browser/interrupted-refresh.test.ts > in ${mode} mode > ${story}`,
      fault: 31,
    })),
  ),
]

/** Whether this test fails in this engine today. */
export function isKnownToFail(engine: EngineName, story: string): boolean {
  return KNOWN_FAILURES.some((known) => known.engine === engine && known.story === story)
}
