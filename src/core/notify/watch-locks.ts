import type { Locks, LockState } from '../../ports.ts'

/** Locks of which it is known whether this tab has them: the browser names holders by ids, and no page knows its own. */
export interface WatchedLocks {
  /** The locks to use. */
  readonly locks: Locks
  /** The holder of the lock `name`, and how many requests wait for it. May be outdated. */
  stateOf(name: string): Promise<LockState>
  /** Whether this tab has had the lock since `forget`. */
  wasHeld(name: string): boolean
  forget(name: string): void
}

/** Watches locks. */
export function watchLocks(locks: Locks): WatchedLocks {
  const mine = new Set<string>()
  const granted = new Set<string>()

  return {
    locks: {
      ...locks,
      run: (name, work, signal) =>
        locks.run(
          name,
          (isHeld) => {
            // A browser may run the work without the lock.
            if (isHeld) {
              mine.add(name)
              granted.add(name)
            }
            return work(isHeld).finally(() => mine.delete(name))
          },
          signal,
        ),
    },
    async stateOf(name) {
      const { held = [], pending = [] } = await locks.query()
      const isHeld = held.some((lock) => lock.name === name)
      return {
        heldBy: isHeld ? (mine.has(name) ? 'this-tab' : 'other-tab') : null,
        pending: pending.filter((lock) => lock.name === name).length,
      }
    },
    wasHeld: (name) => granted.has(name),
    forget: (name) => void granted.delete(name),
  }
}
