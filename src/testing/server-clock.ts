/** Time as a server sees it. */
export interface ServerClock {
  /** Epoch milliseconds by a clock that nobody sets. */
  trueTime(): number
}
