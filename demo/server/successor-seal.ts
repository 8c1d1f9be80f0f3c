import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/**
 * Seals the successor of a spent token, so that a client whose answer was lost can have it again (S4).
 *
 * The key comes from the spent token and the `Idempotency-Key` it was spent with. The server stores only their hashes:
 * whoever reads the database learns no token, whoever shows both again could have had the first answer. There is no
 * server secret to keep or rotate, and any instance can answer.
 */
export function sealSuccessor(successor: string, token: string, key: string): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', sealingKey(token, key), nonce)
  const sealed = [nonce, cipher.update(successor), cipher.final(), cipher.getAuthTag()]
  return Buffer.concat(sealed).toString('base64url')
}

/** Opens what `sealSuccessor` sealed; throws unless token and key are the same. */
export function openSuccessor(sealed: string, token: string, key: string): string {
  const bytes = Buffer.from(sealed, 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(token, key), bytes.subarray(0, 12))
  decipher.setAuthTag(bytes.subarray(-16))
  return decipher.update(bytes.subarray(12, -16)).toString() + decipher.final().toString()
}

function sealingKey(token: string, key: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', token, key, 'latchkey successor', 32))
}
