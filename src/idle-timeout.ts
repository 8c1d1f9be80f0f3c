import { misuse, ownOptions } from './misuse.ts'
import { watchInput } from './platform/input.ts'
import type { Dispose } from './ports.ts'

const WAYS_TO_DISMISS: readonly unknown[] = ['extend', 'activity']

declare const opaque: unique symbol

/** Calls `report` whenever it sees that the user is active. Returns a function that stops it. */
export type ActivitySource = (report: () => void) => Dispose

/** Options of {@link idleTimeout}. */
export interface IdleTimeoutOptions {
  /** The session ends after so long without activity in any tab. Longer than `warnMs`. */
  readonly afterMs: number
  /** What closes a warning: only `extend()`, or any input as well. @default 'extend' */
  readonly dismissOn?: 'extend' | 'activity' | undefined
  /** What counts as activity besides input: `mediaPlayback()`, `uploads()`, or a source of your own. @default none */
  readonly sources?: readonly ActivitySource[] | undefined
}

/** An idle timeout for the option `idle`. Create it with {@link idleTimeout}; what it holds is not part of the API. */
export interface IdleTimeout {
  readonly [opaque]?: 'idle-timeout'
}

/** What an {@link IdleTimeout} holds. */
export interface IdleSettings extends IdleTimeout {
  readonly afterMs: number
  readonly dismissOn: 'extend' | 'activity'
  readonly watch: ActivitySource
}

/**
 * Ends the session after `afterMs` without activity. Activity is trusted input in any tab of the session, and in frames of
 * its origin: a key, a press, a touch, the wheel, a pointer that moves. Requests, renewals, scrolling and focus do not
 * count. Time with all tabs closed is idle time. If tabs have different limits, the shortest one applies.
 *
 * Throws a `TypeError` that names the option if one is misused.
 */
export function idleTimeout(options: IdleTimeoutOptions): IdleTimeout {
  // A caller in JavaScript may pass anything.
  const given: Partial<Record<keyof IdleTimeoutOptions, unknown>> = ownOptions(options)
  if (typeof given.afterMs !== 'number' || !(given.afterMs > 0 && given.afterMs < Infinity))
    throw misuse('afterMs', 'milliseconds, such as 15 * 60_000', given.afterMs)
  if (given.dismissOn !== undefined && !WAYS_TO_DISMISS.includes(given.dismissOn))
    throw misuse('dismissOn', "'extend' or 'activity'", given.dismissOn)
  if (given.sources !== undefined && !isListOfFunctions(given.sources))
    throw misuse('sources', 'a list of functions, such as [mediaPlayback()]', given.sources)

  const { afterMs, dismissOn = 'extend', sources = [] } = given as IdleTimeoutOptions
  const settings: IdleSettings = {
    afterMs,
    dismissOn,
    watch(report) {
      const stops = [watchInput, ...sources].map((source) => source(report))
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
  return settings
}

/** Tells what {@link idleTimeout} has returned from anything else that JavaScript may pass. */
export function isIdleSettings(value: unknown): value is IdleSettings {
  return typeof (value as Partial<IdleSettings> | null)?.watch === 'function'
}

function isListOfFunctions(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'function')
}
