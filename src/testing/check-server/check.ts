import type { Probe } from './probe.ts'

/** One promise of the server's half of the protocol, and how to find out whether it is kept. */
export interface Check {
  /** Names the row, in a report and in a bug report. */
  readonly id: string
  readonly promise: string
  /** What users and operators pay where the promise is not kept. */
  readonly cost: string
  /** Finds out, in sessions of its own. May throw {@link Broken}. */
  readonly ask: (probe: Probe) => Promise<Finding>
}

/** What a check found. */
export interface Finding {
  readonly held: 'yes' | 'no' | 'not applicable'
  /** What was seen. Never a token, a password or a cookie's value. */
  readonly detail: string
}

/** Thrown by a check that has seen enough: the promise is not kept. */
export class Broken extends Error {
  override readonly name = 'Broken'
}

/** Throws {@link Broken} with `detail` unless `kept`. */
export function must(kept: boolean, detail: string): asserts kept {
  if (!kept) throw new Broken(detail)
}

/** The promise is kept. */
export function kept(detail: string): Finding {
  return { held: 'yes', detail }
}

/** The promise says nothing about this server. */
export function notApplicable(detail: string): Finding {
  return { held: 'not applicable', detail }
}
