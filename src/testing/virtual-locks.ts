import type { Locks } from '../ports.ts'
import type { FaultOf } from './faults.ts'
import type { Life } from './life.ts'
import type { Random } from './random.ts'
import type { VirtualClock } from './virtual-clock.ts'

const LATEST_MS = 1_000

/** The lock manager of a browser: one queue per name. */
export interface VirtualLocks {
  /** The locks that are held now. */
  readonly held: ReadonlySet<string>
  /** How often a lock was requested. */
  readonly requests: number
  /** The locks as a page sees them. They are released when the page ends. `mine` always contains the names of those it holds. */
  of(life: Life, fault: FaultOf, mine: Set<string>): Locks
}

/** Creates a lock manager. */
export function createVirtualLocks(clock: VirtualClock, random: Random): VirtualLocks {
  const queues = new Map<string, Promise<unknown>>()
  const held = new Set<string>()
  const waiting = new Set<{ readonly name: string }>()
  let requests = 0

  function of(life: Life, fault: FaultOf, mine: Set<string>): Locks {
    /** Runs `work` in the page. Resolves when it has settled, or when the page is gone. */
    async function grant(
      name: string,
      work: (isHeld: boolean) => Promise<unknown>,
      settle: (result: Promise<unknown>) => void,
    ): Promise<void> {
      let release = (): void => undefined
      const dead = new Promise<void>((resolve) => {
        release = life.hold(resolve)
      })
      // A suspended page is granted a lock and holds it without running.
      const working = new Promise<void>((done) =>
        life.run(() => {
          const result = work(true)
          settle(result)
          void result.then(
            () => done(),
            () => done(),
          )
        }),
      )
      held.add(name)
      mine.add(name)
      await Promise.race([working, dead])
      held.delete(name)
      mine.delete(name)
      release()
    }

    return {
      run(name, work, signal) {
        requests++
        const wrong = fault('locks')
        if (wrong === 'rejects')
          return Promise.reject(new DOMException('No locks here', 'SecurityError'))
        if (wrong === 'null') return work(false)
        return new Promise((resolve, reject) => {
          const request = { name }
          const gaveUp = (): void => {
            waiting.delete(request)
            reject(signal.reason as Error)
          }
          waiting.add(request)
          signal.addEventListener('abort', gaveUp)
          if (wrong === 'never') return
          const turn = queues.get(name) ?? Promise.resolve()
          const granted = turn.then(async () => {
            if (wrong === 'late')
              await new Promise<void>((free) => clock.schedule(free, random() * LATEST_MS))
            waiting.delete(request)
            if (signal.aborted || life.isGone) return
            signal.removeEventListener('abort', gaveUp)
            await grant(name, work, resolve)
          })
          queues.set(name, granted)
        })
      },
      query() {
        const wrong = fault('locks')
        if (wrong === 'never') return new Promise(() => undefined)
        if (wrong === 'rejects')
          return Promise.reject(new DOMException('No locks here', 'SecurityError'))
        return Promise.resolve({
          held: [...held].map((name) => ({ name })),
          pending: [...waiting].map(({ name }) => ({ name })),
        })
      },
    }
  }

  return {
    held,
    get requests() {
      return requests
    },
    of,
  }
}
