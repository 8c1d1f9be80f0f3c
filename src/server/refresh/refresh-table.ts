import { hashOf, successorOf, type Key } from '../token/secrets.ts'
import type { SessionDocument } from '../document.ts'
import { formatToken, type RefreshToken } from '../token/token.ts'

/** What decides about a refresh: the token T that was shown, and the key K and the number n sent with it. */
export interface Shown {
  /** The number of T. */
  readonly seq: number
  /** n: the number of the token that the client believes it spends. */
  readonly wantedSeq: number | undefined
  /** T has been used, so it is not the leaf. */
  readonly isSpent: boolean
  /** T was spent with K. */
  readonly isSpentWithKey: boolean
  /** The own secret of the token that followed T, if it was made of T and K and is still unused. */
  readonly successor: string | undefined
  /** The token before T was spent with K: T is the answer to an earlier sending of this request. */
  readonly isBornOfKey: boolean
  /** T was spent less than `graceS` ago. */
  readonly isInGrace: boolean
}

/** The row of the protocol's refresh table that answers, of those for a session that is alive. */
export type Decision =
  | { readonly row: 'S2' | 'S3' | 'S5' | 'S6' | 'S7' }
  | { readonly row: 'S4'; readonly successor: string }

/**
 * The refresh table: the first row that fits is the answer. docs/protocol.md explains it.
 *
 * An honest client may repeat a request because its answer was lost (S4), be behind its own cookie jar (S3), or be
 * ahead of it (S5). Its key and number tell that apart from theft. A spent token without them means that two parties
 * hold the chain (S7), unless the operator forgives races of clients that send no key (S6).
 */
export function decide({ seq, wantedSeq = seq, isSpent, ...shown }: Shown): Decision {
  if (!isSpent && seq === wantedSeq) return { row: 'S2' }
  if (!isSpent && seq > wantedSeq && shown.isBornOfKey) return { row: 'S3' }
  if (shown.successor !== undefined) return { row: 'S4', successor: shown.successor }
  if (shown.isSpentWithKey || seq !== wantedSeq) return { row: 'S5' }
  return shown.isInGrace ? { row: 'S6' } : { row: 'S7' }
}

/**
 * Whether a token belongs to the session of this document. The secret of the family proves that for spent tokens. The
 * leaf is compared as a whole.
 */
export async function belongsTo(document: SessionDocument, token: RefreshToken): Promise<boolean> {
  if (token.sid !== document.sid || token.seq > document.seq) return false
  return token.seq < document.seq
    ? (await hashOf(token.family)) === document.family
    : (await hashOf(formatToken(token))) === document.leaf
}

/** What a document knows about a token that belongs to it. */
export async function shownTo(
  document: SessionDocument,
  token: RefreshToken,
  {
    key,
    seq,
    graceS,
  }: {
    readonly key?: Key | undefined
    readonly seq?: number | undefined
    readonly graceS: number
  },
  at: number,
): Promise<Shown> {
  const age = document.seq - token.seq
  const spent = document.spent[age - 1]
  const isSpentWithKey = key !== undefined && spent?.key === key.hash
  return {
    seq: token.seq,
    wantedSeq: seq,
    isSpent: age > 0,
    isSpentWithKey,
    successor:
      isSpentWithKey && age === 1 && document.salt !== undefined
        ? await leafAfter(token, key, document.salt, document)
        : undefined,
    isBornOfKey: age === 0 && key !== undefined && document.spent[0]?.key === key.hash,
    isInGrace: spent !== undefined && at - spent.at < graceS * 1000,
  }
}

/** The own secret of the leaf, if it follows from this token and key. */
async function leafAfter(
  token: RefreshToken,
  key: Key,
  salt: string,
  document: SessionDocument,
): Promise<string | undefined> {
  const own = await successorOf(formatToken(token), key, salt)
  // The family alone has proved the spent token, so its own secret may be invented. Then the successor is another, too.
  const isLeaf = await belongsTo(document, { ...token, seq: document.seq, own })
  return isLeaf ? own : undefined
}
