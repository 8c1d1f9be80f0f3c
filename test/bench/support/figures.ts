// How figures are written: the median of the measurements, and their range.

/** The middle value; for an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[sorted.length / 2 - 1] ?? NaN) + upper) / 2
}

/** Median, and in brackets minimum and maximum: `61.2 (58.0–70.4)`. */
export function spread(values: readonly number[], digits = 1): string {
  const written = (value: number): string => value.toFixed(digits)
  return `${written(median(values))} (${written(Math.min(...values))}–${written(Math.max(...values))})`
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'))
  return [head, rule, ...rows].map(line).join('\n')
}
