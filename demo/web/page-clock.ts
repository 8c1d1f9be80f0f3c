const systemNow = Date.now
let aheadMs = 0

Date.now = () => systemNow() + aheadMs

/** Moves this page's clock forward or back: what all code on it reads from `Date.now()`. Other tabs keep theirs. */
export function jumpClock(ms: number): void {
  aheadMs += ms
}

/** The real time, whatever the page's clock says. The timeline of all tabs needs a clock that no button moves. */
export function trueNow(): number {
  return performance.timeOrigin + performance.now()
}
