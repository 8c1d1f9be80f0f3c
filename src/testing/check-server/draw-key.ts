/** Draws an idempotency key: 128 bits, in hexadecimal digits. */
export function drawKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
