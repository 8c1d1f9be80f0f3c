/** What is due when, for a fixed number of entries: at most one moment for each. */
export interface BucketQueue {
  /** Moves the moment of `entry`, in milliseconds from the start. `Infinity` removes it. */
  set(entry: number, atMs: number): void
  /** Calls `onDue` for each entry that is due, second by second, until the rest lies beyond the end. */
  run(onDue: (entry: number, atMs: number) => void): void
}

/**
 * Creates a queue of `entries` entries for a run of this many seconds. Within a second the order is arbitrary, but
 * always the same.
 */
export function createBucketQueue(entries: number, seconds: number): BucketQueue {
  const moments = new Float64Array(entries).fill(Infinity)
  // An entry that was moved stays in the list of the old second too, and is skipped there: finding it would cost more.
  const buckets: number[][] = Array.from({ length: seconds }, () => [])

  const momentOf = (entry: number): number => moments[entry] ?? Infinity

  function set(entry: number, atMs: number): void {
    moments[entry] = atMs
    buckets[Math.floor(atMs / 1_000)]?.push(entry)
  }

  return {
    set,
    run(onDue) {
      for (let second = 0; second < seconds; second++) {
        // The list may grow while it is walked.
        for (const entry of buckets[second] ?? []) {
          const atMs = momentOf(entry)
          if (Math.floor(atMs / 1_000) !== second) continue
          moments[entry] = Infinity
          onDue(entry, atMs)
        }
        buckets[second] = []
      }
    },
  }
}
