/** What the browser fails at. A test may change it at any time. */
export interface Faults {
  /** `hangs`: calls never settle; `rejects`: reads and writes fail; `full`: writes fail (quota). */
  record: 'ok' | 'hangs' | 'rejects' | 'full'
  mirror: 'ok' | 'refused'
  /** `missing` applies to tabs that are opened then; `late`: granted a while after they are free; `null`: granted without being held. */
  locks: 'ok' | 'missing' | 'never' | 'rejects' | 'late' | 'null'
  /** `missing` applies to tabs that are opened then; `deaf`: every message is lost. */
  channel: 'ok' | 'missing' | 'deaf'
  /** `throttled`: timers of a hidden page fire once a minute, as in browsers. */
  timers: 'ok' | 'throttled'
}

/** The state of one fault in one tab: the tab's own, or else the browser's. */
export type FaultOf = <F extends keyof Faults>(of: F) => Faults[F]

/** A browser without faults. */
export function noFaults(): Faults {
  return { record: 'ok', mirror: 'ok', locks: 'ok', channel: 'ok', timers: 'ok' }
}
