/** What is to happen to whom and when: at most one moment for each of a fixed number of entries. */
export interface BucketQueue {
  /** Moves the moment of `entry`, in milliseconds from the start; `Infinity` forgets it. */
  set(entry: number, atMs: number): void
  /** Calls `onDue` for each entry whose moment has come, second by second, until all that is left lies beyond the end. */
  run(onDue: (entry: number, atMs: number) => void): void
}

/** Creates a queue of `entries` entries for a run of so many seconds. Within a second the order is any, but always the same. */
export function createBucketQueue(entries: number, seconds: number): BucketQueue {
  const moments = new Float64Array(entries).fill(Infinity)
  // Who is moved stays in the old second's list as well, and is passed over there: finding it would cost more.
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
        // It grows while it is walked.
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
