import {
  startActivity,
  type Activity,
  type ActivityDeps,
  type IdleLimit,
} from './core/lifetime/activity.ts'
import type { SessionRecord } from './core/record/record.ts'
import { idleLimited } from './core/record/transitions.ts'
import type { SessionMs } from './core/time/moments.ts'
import { expiryWarnings, type WarningsFeature } from './expiry-warnings.ts'
import { misuse, ownOptions } from './misuse.ts'
import { watchInput } from './platform/input.ts'
import type { Dispose } from './ports.ts'

const WAYS_TO_DISMISS: readonly unknown[] = ['extend', 'activity']

declare const opaque: unique symbol

/** Calls `report` whenever it sees that the user is active. Returns a function that stops it. */
export type ActivitySource = (report: () => void) => Dispose

/** Options of {@link idleTimeout}. */
export interface IdleTimeoutOptions {
  /** The session ends after so long without activity in any tab. Longer than the `warnMs` of its warnings, which is a minute by default. */
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

/** What an {@link IdleTimeout} holds: its limit, and the warnings of it. */
export interface IdleFeature extends IdleTimeout, IdleLimit, WarningsFeature {
  /** The record under this limit, which applies from now on. */
  readonly limited: (record: SessionRecord, now: SessionMs) => SessionRecord
  readonly startActivity: (deps: ActivityDeps) => Activity
}

/**
 * Ends the session after `afterMs` without activity. Activity is trusted input in any tab of the session, and in frames of
 * its origin outside closed shadow roots: a key, a press, a touch, the wheel, a pointer that moves. Requests, renewals,
 * scrolling and focus do not count, nor does input in a window that the page has opened: call `reportActivity()` for that.
 * Time with all tabs closed is idle time. If tabs have different limits, the shortest one applies. The user is warned a
 * minute before the end, unless the option `warnings` says otherwise.
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
  const limit: IdleLimit = {
    afterMs,
    dismissOn,
    watch(report) {
      const stops = [watchInput, ...sources].map((source) => source(report))
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
  const warnings = expiryWarnings() as WarningsFeature
  const feature: IdleFeature = {
    ...warnings,
    ...limit,
    feature: 'idle',
    limited: (record, now) => idleLimited(record, afterMs, now),
    startActivity: (deps) => startActivity(deps, limit),
  }
  return feature
}

function isListOfFunctions(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'function')
}
