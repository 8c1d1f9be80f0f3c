import type { Claims } from '../tokens.ts'

/** An unsecured JWT (RFC 7519 §6): well-formed and readable, but refused by any server that verifies signatures. */
export function unsignedToken(claims: Claims): string {
  return `${encoded({ alg: 'none', typ: 'JWT' })}.${encoded(claims)}.`
}

function encoded(part: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(part))
  const base64 = btoa(String.fromCharCode(...bytes))
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
