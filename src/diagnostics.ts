import { startDiagnosis, type Diagnosis, type DiagnosisDeps } from './core/notify/diagnostics.ts'
import type { LogEntry } from './core/notify/event-log.ts'
import { misuse, ownOptions } from './misuse.ts'

declare const opaque: unique symbol

/** Options of {@link diagnostics}. */
export interface DiagnosticsOptions {
  /**
   * Called with each entry of the log, in order, after the fact. Errors it throws are reported and otherwise ignored. An
   * entry never holds a token. @default none; `session.diagnostics()` has the last 100 entries
   */
  readonly onLog?: ((entry: LogEntry) => void) | undefined
}

/** The log for the option `diagnostics`. Create it with {@link diagnostics}; what it holds is not part of the API. */
export interface SessionDiagnostics {
  readonly [opaque]?: 'diagnostics'
}

/** What {@link SessionDiagnostics} hold. */
export interface DiagnosticsFeature extends SessionDiagnostics {
  readonly feature: 'diagnostics'
  readonly start: (deps: DiagnosisDeps) => Diagnosis
}

/**
 * Keeps a log of the last 100 events of this tab, counts requests that carry no token because their origin is not listed,
 * and adds a span `latchkey:refresh` to the timeline of the developer tools for each refresh. `session.diagnostics()`
 * collects all of it. Nothing is written to the console. Throws a `TypeError` on misuse.
 */
export function diagnostics(options: DiagnosticsOptions = {}): SessionDiagnostics {
  const { onLog } = ownOptions(options)
  if (onLog !== undefined && typeof onLog !== 'function') throw misuse('onLog', 'a function', onLog)
  const feature: DiagnosticsFeature = {
    feature: 'diagnostics',
    start: (deps) => startDiagnosis(deps, onLog),
  }
  return feature
}
