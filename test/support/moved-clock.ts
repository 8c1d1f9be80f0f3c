import { onTestFinished, vi } from 'vitest'

/**
 * Moves the clock of this process on, and lets it run from there, until the test that is running has finished: that by
 * which a server here looks at tokens, and that of PGlite. A PostgreSQL server has a clock of its own.
 */
export function moveClock(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms, shouldAdvanceTime: true })
  onTestFinished(() => {
    vi.useRealTimers()
  })
}
