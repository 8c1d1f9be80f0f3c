import type { Locks } from '../ports.ts'

/** The browser's Web Locks, or `null` where there are none. */
export function browserLocks(): Locks | null {
  // Missing on plain http, and null, not undefined, in some fakes of the DOM.
  const locks = navigator.locks as LockManager | null | undefined
  if (typeof locks?.request !== 'function') return null
  return {
    // Some browsers have called back with `null` for a lock that was not asked to be `ifAvailable`: the work is as harmless then.
    run: (name, work, signal) => locks.request(name, { signal }, () => work()),
  }
}
