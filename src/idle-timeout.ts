import { misuse } from './misuse.ts'
import { watchInput } from './platform/input.ts'
import type { Dispose } from './ports.ts'

const WAYS_TO_DISMISS: readonly unknown[] = ['extend', 'activity']

/** Calls `report` whenever it sees that the user is active. Returns a function that stops it. */
export type ActivitySource = (report: () => void) => Dispose

/** Options of {@link idleTimeout}. */
export interface IdleTimeoutOptions {
  /** The session ends when the user has not been active in any tab for this long. Longer than `warnMs`. */
  readonly afterMs: number
  /** What closes a warning: only an explicit `extend()`, or any input as well. @default 'extend' */
  readonly dismissOn?: 'extend' | 'activity' | undefined
  /** What counts as activity besides input on the page: `mediaPlayback()`, `uploads()`, or a source of your own. @default none */
  readonly sources?: readonly ActivitySource[] | undefined
}

/** An idle timeout, as {@link idleTimeout} makes it. */
export interface IdleTimeout {
  readonly afterMs: number
  readonly dismissOn: 'extend' | 'activity'
  readonly watch: ActivitySource
}

/**
 * Ends the session when its user has not been active for `afterMs`. Activity is trusted input in any tab of the session
 * and in frames of its origin: a key, a press, a touch, the wheel, a pointer that moves. Requests, renewals, scrolling and
 * focus are not activity. Time with all tabs closed is idle time. If tabs have different limits, the shortest applies.
 *
 * Throws a `TypeError` that names the option if one is misused.
 */
export function idleTimeout(options: IdleTimeoutOptions): IdleTimeout {
  // A caller in JavaScript may pass anything.
  const given = (options as Partial<Record<keyof IdleTimeoutOptions, unknown>> | undefined) ?? {}
  if (typeof given.afterMs !== 'number' || !(given.afterMs > 0 && given.afterMs < Infinity))
    throw misuse('afterMs', 'milliseconds, such as 15 * 60_000', given.afterMs)
  if (given.dismissOn !== undefined && !WAYS_TO_DISMISS.includes(given.dismissOn))
    throw misuse('dismissOn', "'extend' or 'activity'", given.dismissOn)
  if (given.sources !== undefined && !isListOfFunctions(given.sources))
    throw misuse('sources', 'a list of functions, such as [mediaPlayback()]', given.sources)

  const { afterMs, dismissOn = 'extend', sources = [] } = options
  return {
    afterMs,
    dismissOn,
    watch(report) {
      const stops = [watchInput, ...sources].map((source) => source(report))
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
}

function isListOfFunctions(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'function')
}
