import type { Locks } from '../ports.ts'

/** The browser's Web Locks; `null` if it has none. */
export function browserLocks(): Locks | null {
  const locks = lockManager()
  if (typeof locks?.request !== 'function') return null
  /** The locks held here. The browser reports holders by client ids, and a page does not know its own. */
  const mine = new Set<string>()

  return {
    // Some browsers have called back with `null` instead of a lock, even without `ifAvailable`. The work is safe without it.
    run: (name, work, signal) =>
      locks.request(name, { signal }, () => {
        mine.add(name)
        return work().finally(() => mine.delete(name))
      }),
    async query(name) {
      const { held = [], pending = [] } = await locks.query()
      const isHeld = held.some((lock) => lock.name === name)
      return {
        heldBy: isHeld ? (mine.has(name) ? 'this-tab' : 'other-tab') : null,
        pending: pending.filter((lock) => lock.name === name).length,
      }
    },
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
