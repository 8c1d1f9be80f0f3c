/** The clock of a server. */
export interface ServerClock {
  /** Epoch milliseconds. Unlike the clock of the browser it is never set. */
  trueTime(): number
}
