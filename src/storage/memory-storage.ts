import type { TokenStorage } from '../tokens.ts'

/**
 * Keeps tokens in the memory of each tab; a tab without one asks the others, or renews. For transports whose refresh
 * token is in a cookie that script cannot read: nothing of worth ever touches the disk.
 */
export function memoryStorage(): TokenStorage {
  return {
    kind: 'memory',
    // An access token that is a cookie too is no secret, and then every tab has it already.
    seal: ({ accessToken }) => Promise.resolve(accessToken === null ? { accessToken } : null),
    open: (sealed) => Promise.resolve(sealed as { accessToken: null } | null),
  }
}
