import type { Clock } from '../ports.ts'

const LONGEST_MS = 2 ** 31 - 1

/** The browser's time. Globals are looked up at each call, so fake timers that are installed later work. */
export const clock: Clock = {
  now: () => Date.now(),
  uptime: () => performance.now(),
  schedule(callback, delayMs) {
    // A longer timer would fire at once. Browsers drop fractions: the last one of a millisecond would be waited for in a loop.
    const ms = Math.ceil(Math.min(delayMs, LONGEST_MS))
    const timer = outsideZones(() => setTimeout(callback, ms))
    return () => clearTimeout(timer)
  },
}

/** zone.js counts timers as work that is still to be done, and a session always has one: Angular would never be stable. */
function outsideZones<T>(work: () => T): T {
  const { Zone } = globalThis as {
    readonly Zone?: { readonly root?: { run<T>(work: () => T): T } }
  }
  return Zone?.root ? Zone.root.run(work) : work()
}
