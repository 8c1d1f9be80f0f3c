import { hkdfSync } from 'node:crypto'
import { open, seal } from './sealed-box.ts'

/**
 * Seals the successor of a spent token, so that a client that lost the answer can get it again (S4).
 *
 * The sealing key is derived from the spent token and the `Idempotency-Key` with which it was spent. The server stores
 * only their hashes. So the database alone reveals no token, and a client that shows both again could have had the
 * first answer. There is no server secret to keep or rotate, and any instance can answer.
 */
export function sealSuccessor(successor: string, token: string, key: string): string {
  return seal(successor, sealingKey(token, key))
}

/** Opens what `sealSuccessor` sealed. Throws unless token and key are the same. */
export function openSuccessor(sealed: string, token: string, key: string): string {
  return open(sealed, sealingKey(token, key))
}

function sealingKey(token: string, key: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', token, key, 'latchkey successor', 32))
}
