declare const wall: unique symbol
declare const session: unique symbol

/** A moment by the system clock, in epoch milliseconds. It jumps whenever that clock is set. */
export type WallMs = number & { readonly [wall]: true }

/** A moment of session time, in epoch milliseconds: what limits count in. It never runs backwards within a session. */
export type SessionMs = number & { readonly [session]: true }

/** Reads a number as a moment by the system clock. */
export function wallMs(epochMs: number): WallMs {
  return epochMs as WallMs
}

/** Reads a number as a moment of session time. A new session starts at what the system clock shows. */
export function sessionMs(epochMs: number): SessionMs {
  return epochMs as SessionMs
}

/** The moment `ms` after `moment`, by the same clock. */
export function plus<Moment extends WallMs | SessionMs>(moment: Moment, ms: number): Moment {
  return (moment + ms) as Moment
}
