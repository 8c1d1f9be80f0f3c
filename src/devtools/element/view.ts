const SHORTEST_MS = 2_000
const LONGEST_MS = 48 * 60 * 60_000
/** The share of the width that lies in the future, to show how long a token is still good. */
const AHEAD = 0.16
/** The share of the width that stays free beside a day that is shown whole. */
const MARGIN = 0.04

/** The range of time that the timeline shows. */
export interface TimelineView {
  readonly spanMs: number
  /** Whether the range follows the time. */
  readonly isLive: boolean
  /** The first moment that is shown, in epoch milliseconds; the last is `spanMs` later. */
  start(): number
  /** Moves by a share of the span, back or forward. At the present, the range follows the time again. */
  move(share: number): void
  zoom(factor: number): void
  goLive(): void
  /** Shows all from one moment to another. */
  fit(from: number, to: number): void
}

/** Creates a view that follows the time. `now` is the end of what there is to see, and `first` its beginning. */
export function createTimelineView(
  spanMs: number,
  { now, first }: { readonly now: () => number; readonly first: () => number },
): TimelineView {
  let span = spanMs
  let fixed: number | null = null
  const liveStart = (): number => now() - span * (1 - AHEAD)
  const within = (ms: number): number => Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ms))

  return {
    get spanMs() {
      return span
    },
    get isLive() {
      return fixed === null
    },
    start: () => fixed ?? liveStart(),
    move(share) {
      const earliest = Math.min(liveStart(), first() - span * MARGIN)
      const start = Math.max((fixed ?? liveStart()) + share * span, earliest)
      fixed = start >= liveStart() ? null : start
    },
    zoom(factor) {
      const middle = (fixed ?? 0) + span / 2
      span = within(span * factor)
      if (fixed !== null) fixed = middle - span / 2
    },
    goLive() {
      fixed = null
    },
    fit(from, to) {
      span = within((to - from) * (1 + 2 * MARGIN))
      fixed = from - span * MARGIN
    },
  }
}
