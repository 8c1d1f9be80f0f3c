import { createHash, randomBytes } from 'node:crypto'

/** Draws a secret of 256 random bits. */
export function drawSecret(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * What is stored of a secret. A fast hash is right here, as it would not be for a password: nobody can guess 256 (or,
 * for an `Idempotency-Key`, 128) random bits however fast they hash.
 */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
