import type { Over } from './family-limits.ts'

/** What decides about a refresh: the token T that was shown, and the key K and the number n sent with it. */
export interface Shown {
  /** Why the family of T is over, if it is. */
  readonly over: Over | null
  /** The number of T. */
  readonly seq: number
  /** n: the number of the token that the client believes it spends. */
  readonly wantedSeq: number | undefined
  /** T has been used, so it is not the leaf. */
  readonly spent: boolean
  /** T was spent with K. */
  readonly spentWithKey: boolean
  /** The token that followed T, if K opens it and it is still unused. */
  readonly successor: string | undefined
  /** The token before T was spent with K: T is the answer to an earlier sending of this request. */
  readonly bornOfKey: boolean
  /** T was spent less than `GRACE_S` ago. */
  readonly inGrace: boolean
}

/** The row of the protocol's refresh table that answers. */
export type Decision =
  | { readonly row: 'S1' | 'S2' | 'S3' | 'S5' | 'S6' | 'S7' }
  | { readonly row: 'S4'; readonly successor: string }

/**
 * The refresh table, S1–S7: the first row that fits is the answer. docs/protocol.md explains it.
 *
 * An honest client may repeat a request because its answer was lost (S4), be behind its own cookie jar (S3), or be
 * ahead of it (S5). Its key and number tell that apart from theft. A spent token without them means that two parties
 * hold the chain (S7), unless the operator forgives races of clients that send no key (S6).
 */
export function decide({ over, seq, wantedSeq = seq, spent, ...shown }: Shown): Decision {
  if (over !== null) return { row: 'S1' }
  if (!spent && seq === wantedSeq) return { row: 'S2' }
  if (!spent && seq > wantedSeq && shown.bornOfKey) return { row: 'S3' }
  if (shown.successor !== undefined) return { row: 'S4', successor: shown.successor }
  if (shown.spentWithKey || seq !== wantedSeq) return { row: 'S5' }
  return shown.inGrace ? { row: 'S6' } : { row: 'S7' }
}
