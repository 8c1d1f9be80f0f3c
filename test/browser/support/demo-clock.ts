// The clock of the demo's page, which a test moves on until the user has been idle for too long.
import type { Tab } from '../engines/tab.ts'

/** The limits that {@link longLimits} sets: so long that a slow machine does not reach them by itself. */
export const IDLE_MS = 6_000_000
export const WARN_MS = 2_000_000

declare global {
  interface Window {
    /** Moves the page's clock on and gives the page the focus, as when a computer wakes. */
    wait?: (ms: number) => void
  }
}

/** Runs in the page, before any script of its own. */
export function longLimits(): void {
  localStorage.setItem(
    'demo-limits',
    JSON.stringify({ idleS: 6_000, warnS: 2_000, sessionS: 86_400 }),
  )
}

/** Runs in the page, before any script of its own. */
export function movableClock(): void {
  const systemNow = Date.now
  let aheadMs = 0
  Date.now = () => systemNow() + aheadMs
  window.wait = (ms) => {
    aheadMs += ms
    dispatchEvent(new Event('focus'))
  }
}

/** Moves the clocks of these pages on. */
export async function wait(tabs: readonly Tab[], ms: number): Promise<void> {
  for (const { page } of tabs) await page.evaluate((ms) => window.wait?.(ms), ms)
}
