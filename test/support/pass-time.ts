import { settle } from './settle.ts'
import type { VirtualClock } from '../../src/testing/virtual-clock.ts'

/** Work that takes real time: requests to a real server or to msw, and cryptography. */
export interface RealWork {
  /** The same function, watched. */
  watched<Args extends unknown[], T>(
    work: (...args: Args) => Promise<T>,
  ): (...args: Args) => Promise<T>
  /** Advances `clock` until `work` is settled, but not while anything watched is under way. */
  passTimeUntil<T>(work: Promise<T>, clock: VirtualClock): Promise<T>
}

export function createRealWork(): RealWork {
  let underWay = 0

  return {
    watched:
      (work) =>
      async (...args) => {
        underWay++
        try {
          return await work(...args)
        } finally {
          underWay--
        }
      },
    async passTimeUntil(work, clock) {
      const end = { isReached: false }
      const reached = (): void => {
        end.isReached = true
      }
      work.then(reached, reached)
      for (let passed = 0; passed < 120_000;) {
        await settle()
        if (end.isReached) return await work
        if (underWay > 0) continue
        await clock.advance(50)
        passed += 50
      }
      throw new Error('Not settled within two minutes')
    },
  }
}
