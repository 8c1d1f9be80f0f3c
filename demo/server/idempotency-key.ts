import type { Context } from 'hono'
import { invalid } from './request-body.ts'

const HEX = /^[\da-f]{32,256}$/i
const BASE64URL = /^[\w-]{22,256}$/
const ONLY_HEX = /^[\da-f]*$/i

/**
 * Reads the `Idempotency-Key`, if one was sent. Together with the spent token it opens the sealed successor, so it must
 * be as hard to guess as an encryption key: 128 bits are 32 hexadecimal digits, or 22 of base64url.
 */
export function readIdempotencyKey(c: Context): string | undefined {
  const key = c.req.header('idempotency-key')
  if (key === undefined || (ONLY_HEX.test(key) ? HEX : BASE64URL).test(key)) return key
  throw invalid('Idempotency-Key must be at least 128 bits in hexadecimal or base64url.')
}
