import type { Clock } from '../ports.ts'

/** The browser's time. Globals are looked up at each call, so that fake timers installed later are honoured. */
export const clock: Clock = {
  now: () => Date.now(),
  uptime: () => performance.now(),
  schedule(callback, delayMs) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}
