import { trueNow } from './page-clock.ts'

const SHORTEST_MS = 5_000
const LONGEST_MS = 10 * 60_000
/** How much of the width lies ahead of now: there one sees how long a token is still good for. */
const AHEAD = 0.16

/** Which stretch of time the timeline shows. */
export interface TimelineView {
  readonly spanMs: number
  readonly isLive: boolean
  /** The first moment shown; the last is `spanMs` later. */
  start(): number
  /** Earlier by a share of the span, or later; from the present on it goes along with time. */
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
