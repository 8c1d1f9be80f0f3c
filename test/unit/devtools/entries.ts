// Entries as three tabs would have noted them, for the tests of the model.
import type { Detail, Entry, Kind } from '../../../src/devtools/model/entry.ts'
import type { Telling } from '../../../src/devtools/model/words.ts'

/** Writes a moment as the seconds since the beginning of these stories: `12 s`. */
export const telling: Telling = { here: 1, now: 1_000_000, timeOf: (at) => `${at / 1_000} s` }

let count = 0

/** An entry of a tab, which was good unless `more` says otherwise. */
export function entry(
  tab: number,
  kind: Kind,
  at: number,
  detail: Detail = {},
  more: Partial<Entry> = {},
): Entry {
  return {
    id: `page${tab}.${count++}`,
    tab,
    kind,
    at,
    until: at,
    outcome: 'good',
    detail,
    ...more,
  }
}

/** An entry of the log. */
export function logged(tab: number, at: number, event: string, detail: Detail = {}): Entry {
  return entry(tab, 'log', at, { event, ...detail }, { outcome: 'quiet' })
}

/** A page that is open. */
export function opened(tab: number, at: number, until: number | null = null): Entry {
  return entry(tab, 'tab', at, {}, { until, outcome: until === null ? null : 'quiet' })
}
