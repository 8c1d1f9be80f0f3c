const PATIENCE_MS = 20_000
const PAUSE_MS = 10

/** Waits until `condition` holds. Rejects with `what` was waited for if it does not in a time that no healthy run needs. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
