import { createHash, randomBytes } from 'node:crypto'

/** Draws a secret of 256 random bits. */
export function drawSecret(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * The hash under which a secret is stored. A fast hash is enough, unlike for a password: 256 random bits (or 128, for
 * an `Idempotency-Key`) cannot be guessed.
 */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
