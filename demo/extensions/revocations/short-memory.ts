/** Keeps the latest number for each name, for a limited time. */
export interface ShortMemory {
  readonly size: number
  get(name: string): number | undefined
  /** Returns whether the number is new. */
  put(name: string, value: number, keptS: number): boolean
}

/** Creates an empty memory. */
export function createShortMemory(): ShortMemory {
  /** By retention time. Each map is in order of insertion, so that expired entries are at the front. */
  const spans = new Map<number, Map<string, { readonly value: number; readonly until: number }>>()

  function forget(): void {
    const now = performance.now()
    for (const entries of spans.values()) {
      for (const [name, { until }] of entries) {
        if (until > now) break
        entries.delete(name)
      }
    }
  }

  function get(name: string): number | undefined {
    for (const entries of spans.values()) {
      const found = entries.get(name)
      if (found !== undefined) return found.value
    }
    return undefined
  }

  return {
    get size() {
      forget()
      return [...spans.values()].reduce((sum, { size }) => sum + size, 0)
    },
    get,
    put(name, value, keptS) {
      forget()
      if ((get(name) ?? -Infinity) >= value) return false
      const entries = spans.get(keptS) ?? new Map<string, { value: number; until: number }>()
      spans.set(keptS, entries)
      entries.delete(name)
      entries.set(name, { value, until: performance.now() + keptS * 1000 })
      return true
    },
  }
}
