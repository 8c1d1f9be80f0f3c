import type { Locks } from '../ports.ts'

/** The browser's Web Locks, or `null` where there are none. */
export function browserLocks(): Locks | null {
  // Missing on plain http, and null, not undefined, in some fakes of the DOM.
  const locks = navigator.locks as LockManager | null | undefined
  if (typeof locks?.request !== 'function') return null
  /** The locks held here: the browser names their holders by ids that a page does not know of itself. */
  const mine = new Set<string>()

  return {
    // Some browsers have called back with `null` for a lock that was not asked to be `ifAvailable`: the work is as harmless then.
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
