import type { Clock, Locks, Page } from '../../ports.ts'
import { sleep } from '../time/sleep.ts'

const PATIENCE_MS = 15_000
// A tab already queued on a Web Lock stays blocked while the holder sits in Chromium's back/forward cache; a request
// made anew is granted.
const ASK_AGAIN_MS = 500

/**
 * Runs `work` under the lock `name`, or without it when it cannot be had in fifteen seconds or at all: the lock saves
 * work, it does not make anything correct (L0). It is let go when the page is left, though `work` goes on, and never
 * stolen. `work` is told whether it has the lock. Resolves to nothing if `signal` aborted before `work` began.
 */
export async function exclusively<T>(
  {
    clock,
    locks,
    page,
  }: { readonly clock: Clock; readonly locks: Locks | null; readonly page: Page },
  name: string,
  work: (isLocked: boolean) => Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const { promise: left, dispose } = whenLeft(page)
  const askUntil = clock.uptime() + PATIENCE_MS
  let running: Promise<T> | undefined
  const start = (isLocked: boolean): Promise<T> => (running ??= work(isLocked))

  while (locks && !running && !signal.aborted && clock.uptime() < askUntil) {
    const waited = new AbortController()
    const giveUp = (): void => waited.abort()
    signal.addEventListener('abort', giveUp, { signal: waited.signal })
    void sleep(clock, ASK_AGAIN_MS, waited.signal).then(giveUp)
    try {
      await locks.run(name, () => Promise.race([start(true), left]), waited.signal)
    } catch {
      // Not granted in time; or no lock to be had here, and asking again would not change that.
      if (!waited.signal.aborted) break
    } finally {
      giveUp()
    }
  }
  try {
    return await (running ?? (signal.aborted ? undefined : start(false)))
  } finally {
    dispose()
  }
}

function whenLeft(page: Page): { readonly promise: Promise<void>; readonly dispose: () => void } {
  let dispose = (): void => undefined
  const promise = new Promise<void>((resolve) => {
    dispose = page.watch((moment) => {
      if (moment === 'left') resolve()
    })
  })
  return { promise, dispose }
}
