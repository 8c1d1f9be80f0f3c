import { hkdfSync } from 'node:crypto'
import { open, seal } from './sealed-box.ts'

/**
 * Seals the successor of a spent token, so that a client whose answer was lost can have it again (S4).
 *
 * The key comes from the spent token and the `Idempotency-Key` it was spent with. The server stores only their hashes:
 * whoever reads the database learns no token, whoever shows both again could have had the first answer. There is no
 * server secret to keep or rotate, and any instance can answer.
 */
export function sealSuccessor(successor: string, token: string, key: string): string {
  return seal(successor, sealingKey(token, key))
}

/** Opens what `sealSuccessor` sealed; throws unless token and key are the same. */
export function openSuccessor(sealed: string, token: string, key: string): string {
  return open(sealed, sealingKey(token, key))
}

function sealingKey(token: string, key: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', token, key, 'latchkey successor', 32))
}
