/** Wraps `work` so that calls made while one is running share its outcome instead of starting another. */
export function singleFlight<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined

  return function shared() {
    return (running ??= work().finally(() => {
      running = undefined
    }))
  }
}
