import type { Clock, Locks, Page } from '../../ports.ts'
import { sleep } from '../time/sleep.ts'

const PATIENCE_MS = 15_000
// In Chromium, a tab that waits for a Web Lock stays blocked while the holder is in the back/forward cache; a new request
// is granted.
const ASK_AGAIN_MS = 500

/**
 * Runs `work` under the lock `name`; without it if it is not granted in time: the lock saves work, nothing depends on it to
 * be correct (L0). `work` is told whether it has the lock. The lock is released when the page is left, though `work` goes on, and it is never
 * stolen. Resolves to `undefined` if `signal` aborted before `work` began.
 */
export async function exclusively<T>(
  {
    clock,
    locks,
    page,
  }: { readonly clock: Clock; readonly locks: Locks | null; readonly page: Pick<Page, 'watch'> },
  name: string,
  work: (hasLock: boolean) => Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const over = new AbortController()
  const left = whenLeft(page, over.signal)
  const askUntil = clock.uptime() + PATIENCE_MS
  let running: Promise<T> | undefined
  const start = (hasLock: boolean): Promise<T> => (running ??= work(hasLock))

  while (locks && !running && !signal.aborted && clock.uptime() < askUntil) {
    const waited = new AbortController()
    const giveUp = (): void => waited.abort()
    signal.addEventListener('abort', giveUp, { signal: waited.signal })
    void sleep(clock, ASK_AGAIN_MS, waited.signal).then(giveUp)
    try {
      await locks.run(name, (isHeld) => Promise.race([start(isHeld), left]), waited.signal)
    } catch {
      // Not granted in time; or locks are refused here, and asking again would not change that.
      if (!waited.signal.aborted) break
    } finally {
      giveUp()
    }
  }
  try {
    return await (running ?? (signal.aborted ? undefined : start(false)))
  } finally {
    over.abort()
  }
}

function whenLeft(page: Pick<Page, 'watch'>, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = page.watch((moment) => {
      if (moment === 'left') resolve()
    })
    over.addEventListener('abort', stop)
  })
}
