import type { Tokens, TokenStorage } from '../tokens.ts'

/**
 * Keeps tokens in the memory of each tab. A tab without a token asks the other tabs, or renews. For transports whose
 * refresh token is in a cookie that script cannot read: no token is ever written to disk.
 */
export function memoryStorage(): TokenStorage {
  return {
    kind: 'memory',
    // `null` means that the access token is a cookie as well. Then every tab has it.
    seal: ({ accessToken }) => Promise.resolve(accessToken === null ? { accessToken } : null),
    open: (sealed) =>
      Promise.resolve(
        (sealed as Partial<Tokens> | null)?.accessToken === null ? { accessToken: null } : null,
      ),
  }
}
