const systemNow = Date.now
let aheadMs = 0

Date.now = () => systemNow() + aheadMs

/** Moves this page's clock on, or back: what everything on it learns from `Date.now()`. The other tabs keep theirs. */
export function jumpClock(ms: number): void {
  aheadMs += ms
}

/** Now, whatever the page's clock says: the timeline of all tabs needs one that nobody sets. */
export function trueNow(): number {
  return performance.timeOrigin + performance.now()
}

/** A moment of the page's clock on the timeline's. */
export function trueTime(at: number): number {
  return at - Date.now() + trueNow()
}
