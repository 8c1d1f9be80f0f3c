import type { Probe } from './probe.ts'

/**
 * What a broken promise does to users, the worst first. `session-lost`: it signs users out who did nothing wrong.
 * `others-let-in`: another site or the next user of the browser sees or does what only the user may. `session-left-open`: a
 * session goes on that is over. `theft-eased`: nothing by itself, but it helps a thief once something else has failed.
 * `delay`: users wait longer, or the server works more.
 */
export type Harm = (typeof HARMS)[number]

/** All harms, the worst first. */
export const HARMS = [
  'session-lost',
  'others-let-in',
  'session-left-open',
  'theft-eased',
  'delay',
] as const

/** One promise of the contract, and how to test it. */
export interface Check {
  /** Names the row, in a report and in a bug report. */
  readonly id: string
  readonly promise: string
  /** What kind of harm `cost` is. */
  readonly harm: Harm
  /** What happens to users and operators if the promise is not kept. */
  readonly cost: string
  /** Whether the promise is about refresh tokens that are spent when they are used. @default false */
  readonly ofSpent?: boolean
  /** Tests the promise, in sessions of its own. May throw {@link Broken}. */
  readonly ask: (probe: Probe) => Promise<Finding>
}

/** What a check found. */
export interface Finding {
  readonly held: 'yes' | 'no' | 'not applicable'
  /** What the server did. Never contains a token, a password or the value of a cookie. */
  readonly detail: string
}

/** Thrown by a check when the promise is not kept. */
export class Broken extends Error {
  override readonly name = 'Broken'
}

/** Throws {@link Broken} with `detail` unless `kept`. */
export function must(kept: boolean, detail: string): asserts kept {
  if (!kept) throw new Broken(detail)
}

/** The finding that a promise is kept. */
export function kept(detail: string): Finding {
  return { held: 'yes', detail }
}

/** The finding that a promise does not concern this server. */
export function notApplicable(detail: string): Finding {
  return { held: 'not applicable', detail }
}
