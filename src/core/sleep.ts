import type { Clock } from '../ports.ts'

/** Resolves after `ms`, or as soon as `signal` aborts. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const cancel = clock.schedule(done, ms)
    signal?.addEventListener('abort', done)

    function done(): void {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
  })
}

/** Settles as `work` does, or resolves to `fallback` after `ms`. What `work` does later is nobody's concern any more. */
export async function within<T, F>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
  fallback: F,
): Promise<T | F> {
  const done = new AbortController()
  try {
    return await Promise.race([work, sleep(clock, ms, done.signal).then(() => fallback)])
  } finally {
    done.abort()
  }
}
