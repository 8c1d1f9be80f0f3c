import type { Tokens, TokenStorage } from '../tokens.ts'

interface Sealed {
  readonly key: CryptoKey
  readonly iv: Uint8Array<ArrayBuffer>
  readonly data: ArrayBuffer
}

const ALGORITHM = 'AES-GCM'

/**
 * Keeps tokens in the record in IndexedDB, where all tabs and the next page load find them. For transports whose refresh
 * token is readable by script. The tokens are encrypted with a key that script cannot export, so software that searches
 * the disk for tokens finds none. Script on this origin can still use the key, and a copy of the whole browser profile
 * contains it. Without `crypto.subtle` (plain http) tokens are stored in plain text, and the session emits `degraded`.
 */
export function recordStorage(): TokenStorage {
  return { kind: 'record', isPlainText: !canSeal(), seal, open }
}

/** `crypto.subtle` is missing outside secure contexts, and reading it may throw. */
function canSeal(): boolean {
  try {
    return Boolean(crypto.subtle)
  } catch {
    return false
  }
}

async function seal(tokens: Tokens): Promise<unknown> {
  if (!canSeal()) return tokens
  const key = await crypto.subtle.generateKey({ name: ALGORITHM, length: 256 }, false, [
    'encrypt',
    'decrypt',
  ])
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const data = await crypto.subtle.encrypt(
    { name: ALGORITHM, iv },
    key,
    new TextEncoder().encode(JSON.stringify(tokens)),
  )
  return { key, iv, data } satisfies Sealed
}

async function open(sealed: unknown): Promise<Tokens | null> {
  if (!isSealed(sealed)) return (sealed as Tokens | null | undefined) ?? null
  try {
    const { key, iv, data } = sealed
    const plain = await crypto.subtle.decrypt({ name: ALGORITHM, iv }, key, data)
    return JSON.parse(new TextDecoder().decode(plain)) as Tokens
  } catch {
    return null
  }
}

function isSealed(value: unknown): value is Sealed {
  return (value as Partial<Sealed> | null | undefined)?.key !== undefined
}
