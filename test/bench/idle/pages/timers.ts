// Imported before anything else, because libraries keep the setTimeout that they find.

/** The use of timers on this page so far. */
export interface Timers {
  /** Calls of `setTimeout` and `setInterval`. */
  readonly made: number
  /** When each timer fired, in milliseconds since the page began; oldest first. */
  readonly firedAt: readonly number[]
}

let made = 0
const firedAt: number[] = []

export function timers(): Timers {
  return { made, firedAt }
}

for (const name of ['setTimeout', 'setInterval'] as const) {
  const original = window[name].bind(window)
  const counting = (callback: () => void, ms?: number): number => {
    made++
    return original(() => {
      firedAt.push(performance.now())
      callback()
    }, ms)
  }
  window[name] = counting as typeof window.setTimeout & typeof window.setInterval
}
