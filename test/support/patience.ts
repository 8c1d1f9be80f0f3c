import { availableParallelism, loadavg } from 'node:os'

const STEPS = 100_000_000
/** The time that these steps take on the machine for which the limits were chosen, while nothing else runs. */
const STEPS_MS = 140
/** The largest factor: on the slowest machine, too, a hang has to fail in the end. */
const MOST = 30
const SHORTEST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 100

/**
 * How many times longer than on a quiet machine things take here and now; at least 1. Keeps its thread busy for as long
 * as it measures: a seventh of a second on a quiet machine.
 */
export function slowness(): number {
  const startedAt = performance.now()
  work()
  const worked = (performance.now() - startedAt) / STEPS_MS
  // The work shows how slow this moment is, the load how slow the last minute was.
  const waited = (loadavg()[0] ?? 0) / availableParallelism()
  return Math.min(MOST, Math.max(1, worked, waited))
}

/** A limit for what takes less than `ms` on any quiet machine: longer, the slower this one is found to be. */
export function patienceMs(ms: number): number {
  return Math.ceil(ms * slowness())
}

/**
 * Waits until `condition` holds. Rejects with `what` was waited for, which may be a description of that moment, if it does
 * not hold within `ms`, or, on a machine that is found to be slow when that time is over, within as many times `ms`.
 */
export async function until(
  what: string | (() => string),
  condition: () => boolean | Promise<boolean>,
  ms = 20_000,
): Promise<void> {
  const startedAt = performance.now()
  let limitMs = ms
  let pauseMs = SHORTEST_PAUSE_MS
  while (!(await condition())) {
    const passedMs = performance.now() - startedAt
    if (passedMs > limitMs) limitMs = patienceMs(ms)
    if (passedMs > limitMs)
      throw new Error(`Waited in vain until ${typeof what === 'string' ? what : what()}`)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    // Ask less and less often: in a browser each call of `condition` costs milliseconds of work.
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.3)
  }
}

/** The same for a promise: settles as `work` does, or rejects with `what` if that takes too long. */
export async function within<Result>(
  what: string,
  work: Promise<Result>,
  ms = 20_000,
): Promise<Result> {
  let isSettled = false
  const settle = (): void => void (isSettled = true)
  work.then(settle, settle)
  await Promise.race([work, until(what, () => isSettled, ms)])
  return work
}

/** Nothing but arithmetic, so that it takes the same on every machine of the same speed. */
function work(): number {
  let hash = 0
  for (let step = 0; step < STEPS; step++) hash = (Math.imul(hash, 31) + step) | 0
  return hash
}
