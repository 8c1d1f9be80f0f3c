import { createWarnings, type Warnings, type WarningsDeps } from './core/lifetime/warnings.ts'
import { misuse, ownOptions } from './misuse.ts'

/** WCAG 2.2.1 asks for twenty seconds to react. */
const LEAST_WARN_MS = 20_000

declare const opaque: unique symbol

/** Options of {@link expiryWarnings}. */
export interface ExpiryWarningsOptions {
  /**
   * How long before any end, idle or set by the server, a warning opens. Each tab goes by its own. At least 20_000 (WCAG
   * 2.2.1). @default 60_000
   */
  readonly warnMs?: number | undefined
}

/** Warnings for the option `warnings`. Create them with {@link expiryWarnings}; what they hold is not part of the API. */
export interface ExpiryWarnings {
  readonly [opaque]?: 'expiry-warnings'
}

/** What {@link ExpiryWarnings} hold. */
export interface WarningsFeature extends ExpiryWarnings {
  readonly feature: string
  readonly warnMs: number
  readonly createWarnings: (deps: WarningsDeps) => Warnings
}

/**
 * Warns in every tab before the session ends, and lets the user stay where that is possible: `state.warning`, the events
 * `expiring` and `extended`, `extend()`. Part of {@link idleTimeout}; without one it warns of the server's limits, and with
 * one it sets how early.
 *
 * Throws a `TypeError` that names the option if one is misused.
 */
export function expiryWarnings(options: ExpiryWarningsOptions = {}): ExpiryWarnings {
  const { warnMs = 60_000 } = ownOptions(options)
  if (typeof warnMs !== 'number' || !(warnMs >= LEAST_WARN_MS))
    throw misuse('warnMs', 'milliseconds, 20_000 or more (WCAG 2.2.1)', warnMs)
  const feature: WarningsFeature = {
    feature: 'warnings',
    warnMs,
    createWarnings: (deps) => createWarnings(deps, warnMs),
  }
  return feature
}
