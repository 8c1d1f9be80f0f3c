/** Secrets have 128 bits, which cannot be guessed. As base64url, these are 22 characters. */
const BYTES = 16

/** What is used of `node:crypto`. */
interface NodeCrypto {
  readonly hash?: (algorithm: string, text: string, encoding: 'base64url') => string
}

/** Draws a secret, as base64url. */
export function drawSecret(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(BYTES)))
}

/**
 * The hash under which a secret is stored: the first 22 characters of its SHA-256 as base64url. A fast hash is enough, unlike for a password,
 * because the secret is random. For the same reason, hashes need no comparison in constant time.
 */
export async function hashOf(secret: string): Promise<string> {
  const whole = nodeHash()?.('sha256', secret, 'base64url') ?? (await webHash(secret))
  return whole.slice(0, 22)
}

/**
 * The hash function of Node.js 20.16 and newer, Deno and Bun. It answers at once, in a microsecond. Web crypto has another
 * thread hash, and to wake that takes twenty.
 */
function nodeHash(): NodeCrypto['hash'] {
  const { process } = globalThis as {
    readonly process?: { getBuiltinModule?: (name: string) => unknown }
  }
  return (process?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined)?.hash
}

async function webHash(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return base64url(new Uint8Array(hash))
}

/** An `Idempotency-Key`, with the hash by which it is recognised. */
export interface Key {
  readonly text: string
  /**
   * Of 48 bits, because a document has several. It opens nothing: a thief who guesses it gets a 409, and each wrong guess
   * ends the session (S7).
   */
  readonly hash: string
}

/** Hashes an `Idempotency-Key`. */
export async function keyOf(text: string): Promise<Key> {
  return { text, hash: (await hashOf(text)).slice(0, 8) }
}

/**
 * The secret of the token that follows a spent one, derived from that token, the `Idempotency-Key` with which it was
 * spent, and a random salt (the one-step key derivation of NIST SP 800-56C, with SHA-256). So a client that lost the
 * answer can get it again (S4).
 *
 * The server stores the salt, and of token and key only hashes. So the store alone reveals no token, and a client that
 * shows both again could have had the first answer. There is no server secret to keep or rotate, and any instance can
 * answer.
 */
export function successorOf(token: string, key: Key, salt: string): Promise<string> {
  // Salt and key contain no space, so no other three texts are the same one.
  return hashOf(`latchkey successor ${token} ${key.text} ${salt}`)
}

function base64url(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes))
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
