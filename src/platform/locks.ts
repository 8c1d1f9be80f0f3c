import type { Locks } from '../ports.ts'

/** The browser's Web Locks; `null` if it has none. */
export function browserLocks(): Locks | null {
  const locks = lockManager()
  if (typeof locks?.request !== 'function') return null

  return {
    // Some browsers have called back with `null` instead of a lock, even without `ifAvailable`.
    run: (name, work, signal) => locks.request(name, { signal }, (lock) => work(lock !== null)),
    query: () => locks.query(),
  }
}

/** Missing on plain http, and `null` in some DOM emulations. */
function lockManager(): LockManager | null | undefined {
  const { navigator } = globalThis as {
    readonly navigator?: { readonly locks?: LockManager | null }
  }
  try {
    return navigator?.locks
  } catch {
    return null
  }
}
