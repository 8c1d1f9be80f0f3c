import type { Clock } from '../ports.ts'

const LONGEST_MS = 2 ** 31 - 1

/** The browser's time. Globals are looked up at each call, so fake timers that are installed later work. */
export const clock: Clock = {
  now: () => Date.now(),
  uptime: () => performance.now(),
  schedule(callback, delayMs) {
    // A longer timer would fire at once.
    const timer = setTimeout(callback, Math.min(delayMs, LONGEST_MS))
    return () => clearTimeout(timer)
  },
}
