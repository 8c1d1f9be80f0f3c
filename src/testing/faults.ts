/** What the browser refuses to do. Changed at will while it runs. */
export interface Faults {
  /** `hangs`: no answer, ever; `rejects`: neither read nor written; `full`: read but not written (quota). */
  record: 'ok' | 'hangs' | 'rejects' | 'full'
  mirror: 'ok' | 'refused'
  /** `missing` counts when a tab is opened; `late`: granted a while after they are free; `null`: granted without being held. */
  locks: 'ok' | 'missing' | 'never' | 'rejects' | 'late' | 'null'
  /** `missing` counts when a tab is opened; `deaf`: whatever is posted is lost. */
  channel: 'ok' | 'missing' | 'deaf'
  /** `throttled`: those that a hidden page sets fire once a minute, as in browsers. */
  timers: 'ok' | 'throttled'
}

/** What is wrong in one tab: its own trouble, or else everybody's. */
export type FaultOf = <F extends keyof Faults>(of: F) => Faults[F]

/** No trouble at all. */
export function noFaults(): Faults {
  return { record: 'ok', mirror: 'ok', locks: 'ok', channel: 'ok', timers: 'ok' }
}
