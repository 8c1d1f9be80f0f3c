/** Secrets and their hashes have 128 bits, which cannot be guessed. As base64url, these are 22 characters. */
const BYTES = 16

/** Draws a secret, as base64url. */
export function drawSecret(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(BYTES)))
}

/**
 * The hash under which a secret is stored: the first half of its SHA-256. A fast hash is enough, unlike for a password,
 * because the secret is random. For the same reason, hashes need no comparison in constant time.
 */
export async function hashOf(secret: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', encode(secret))
  return base64url(new Uint8Array(hash, 0, BYTES))
}

/**
 * The hash by which an `Idempotency-Key` is recognised, of 48 bits, because a document has several. It opens nothing: a
 * thief who guesses it gets a 409, and each wrong guess ends the session (S7).
 */
export async function keyHashOf(key: string): Promise<string> {
  return (await hashOf(key)).slice(0, 8)
}

/**
 * Seals the successor of a spent token, so that a client that lost the answer can get it again (S4).
 *
 * The sealing key is derived from the spent token and the `Idempotency-Key` with which it was spent (HKDF, RFC 5869), of
 * which only hashes are stored. So the store alone reveals no token, and a client that shows both again could have had
 * the first answer. There is no server secret to keep or rotate, and any instance can answer.
 */
export async function sealSuccessor(own: string, token: string, key: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const box = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv },
    await sealingKey(token, key),
    bytesOf(own),
  )
  return `${base64url(iv)}.${base64url(new Uint8Array(box))}`
}

/** Opens what `sealSuccessor` sealed; `undefined` if token or key are others. */
export async function openSuccessor(
  sealed: string,
  token: string,
  key: string,
): Promise<string | undefined> {
  const [iv = '', box = ''] = sealed.split('.')
  try {
    const opened = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: bytesOf(iv) },
      await sealingKey(token, key),
      bytesOf(box),
    )
    return base64url(new Uint8Array(opened))
  } catch {
    return undefined
  }
}

async function sealingKey(token: string, key: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', encode(token), 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: encode(key), info: encode('latchkey successor') },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

function base64url(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes))
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
