import type { Claims } from '../tokens.ts'

/** A JWT that nobody signed (RFC 7519 §6): well-formed, readable, and worthless at any server that verifies. */
export function unsignedToken(claims: Claims): string {
  return `${encoded({ alg: 'none', typ: 'JWT' })}.${encoded(claims)}.`
}

function encoded(part: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(part))
  const base64 = btoa(String.fromCharCode(...bytes))
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
