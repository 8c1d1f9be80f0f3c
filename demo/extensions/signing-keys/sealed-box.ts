import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/**
 * Seals a text with AES-256-GCM under a key of 32 bytes. `context` is not secret. It ties the box to its place: a box
 * that was moved to another row does not open there.
 */
export function seal(text: string, key: Uint8Array, context = ''): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
  const sealed = [nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]
  return Buffer.concat(sealed).toString('base64url')
}

/** Opens what `seal` sealed. Throws unless key and context are the same. */
export function open(sealed: string, key: Uint8Array, context = ''): string {
  const bytes = Buffer.from(sealed, 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
  decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-16))
  return decipher.update(bytes.subarray(12, -16)).toString() + decipher.final().toString()
}
