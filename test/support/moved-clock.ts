import { onTestFinished, vi } from 'vitest'

/**
 * Moves the clock of this process forward, and lets it run from there until the current test has finished. Servers in
 * this process check tokens by it, and PGlite uses it. A PostgreSQL server has a clock of its own.
 */
export function moveClock(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms, shouldAdvanceTime: true })
  onTestFinished(() => {
    vi.useRealTimers()
  })
}
