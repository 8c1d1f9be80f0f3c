import { trueNow } from './page-clock.ts'

const SHORTEST_MS = 5_000
const LONGEST_MS = 10 * 60_000
/** The share of the width that lies in the future, to show how long a token is still good. */
const AHEAD = 0.16

/** The range of time that the timeline shows. */
export interface TimelineView {
  readonly spanMs: number
  readonly isLive: boolean
  /** The first moment shown; the last is `spanMs` later. */
  start(): number
  /** Moves by a share of the span, back or forward. At the present, the range follows the time again. */
  move(share: number): void
  zoom(factor: number): void
  goLive(): void
}

export function createTimelineView(spanMs: number): TimelineView {
  let span = spanMs
  let fixed: number | null = null
  const liveStart = (): number => trueNow() - span * (1 - AHEAD)

  return {
    get spanMs() {
      return span
    },
    get isLive() {
      return fixed === null
    },
    start: () => fixed ?? liveStart(),
    move(share) {
      const start = Math.max((fixed ?? liveStart()) + share * span, trueNow() - LONGEST_MS)
      fixed = start >= liveStart() ? null : start
    },
    zoom(factor) {
      const middle = (fixed ?? 0) + span / 2
      span = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, span * factor))
      if (fixed !== null) fixed = middle - span / 2
    },
    goLive() {
      fixed = null
    },
  }
}
