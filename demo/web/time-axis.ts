const STEPS_S = [1, 2, 5, 10, 30, 60, 120, 300]

/** The interval between lines of the axis that leaves space for their labels. */
export function stepFor(spanMs: number, width: number): number {
  const seconds = STEPS_S.find((each) => (each * 1000 * width) / spanMs >= 56) ?? 600
  return seconds * 1000
}

/** A duration in few letters. */
export function inShort(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60
    ? `${seconds} s`
    : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`
}
