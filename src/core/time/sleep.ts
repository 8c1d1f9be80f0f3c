import type { Clock } from '../../ports.ts'

const LATE_MS = 100

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

/**
 * Settles as `work` does, or resolves to `fallback` after `ms`. What `work` comes to later is ignored; its signal aborts
 * in either case.
 */
export async function within<T, F>(
  clock: Clock,
  ms: number,
  work: (over: AbortSignal) => Promise<T>,
  fallback: F,
): Promise<T | F> {
  const done = new AbortController()
  try {
    return await Promise.race([
      work(done.signal),
      sleep(clock, ms, done.signal).then(() => fallback),
    ])
  } finally {
    done.abort()
  }
}

/**
 * As `within`, and once more if the timer was late: then the page was frozen or cached, and the work was not slow. Only once
 * more, because the timers of hidden pages are always late.
 */
export async function withinAwake<T, F>(
  clock: Clock,
  ms: number,
  work: () => Promise<T>,
  fallback: F,
): Promise<T | F> {
  const working = work()
  const again = (): Promise<T> => working
  const startedAt = clock.uptime()
  const result = await within(clock, ms, again, fallback)
  const isLate = result === fallback && clock.uptime() - startedAt > ms + LATE_MS
  return isLate ? await within(clock, ms, again, fallback) : result
}
