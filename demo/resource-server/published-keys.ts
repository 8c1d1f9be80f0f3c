import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'

/** The public keys of an auth server, kept in memory. */
export interface PublishedKeys {
  /**
   * Finds the key that a token names. Throws `KeysUnavailable` if the auth server has to be asked and does not answer.
   */
  readonly find: JWTVerifyGetKey
  /** Calls back when keys have gone from the list. */
  onWithdrawn(listener: () => void): void
  close(): void
}

/** The keys cannot be read at the moment, so a token can be neither accepted nor refused. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable'
}

export interface PublishedKeysOptions {
  /**
   * How often the list is read again in the background. Shorter than the time for which a new key is published before
   * it signs. @default 5 minutes
   */
  readonly everyMs?: number
  /** An unknown key causes a new read of the list no more often than this. @default 30 seconds */
  readonly cooldownMs?: number
}

/**
 * Reads the keys from a JSON Web Key Set (RFC 7517 §5) when the first token arrives, then again in the background.
 *
 * If the list cannot be read again, the old one stays in use: the auth server may be down, and the tokens that it
 * signed are as good as before. They expire, and no new ones are issued meanwhile. So a withdrawn key is trusted for at
 * most `everyMs`, or longer while the auth server does not answer.
 */
export function createPublishedKeys(
  url: URL,
  { everyMs = 5 * 60_000, cooldownMs = 30_000 }: PublishedKeysOptions = {},
): PublishedKeys {
  const remote = createRemoteJWKSet(url, {
    cacheMaxAge: Infinity,
    cooldownDuration: cooldownMs,
    timeoutDuration: 5_000,
  })
  let failedAtMs = -Infinity
  const listeners: (() => void)[] = []
  const timer = setInterval(() => void readAgain().catch(() => undefined), everyMs).unref()

  async function readAgain(): Promise<void> {
    const before = remote.jwks()?.keys ?? []
    await remote.reload()
    const now = remote.jwks()?.keys ?? []
    if (before.some(({ kid }) => !now.some((key) => key.kid === kid)))
      for (const listener of listeners) listener()
  }

  return {
    async find(header, token) {
      const isKnown = remote.jwks()?.keys.some(({ kid }) => kid === header.kid) ?? false
      // Without this limit, tokens with invented key names would make this server flood the auth server.
      if (!isKnown && performance.now() - failedAtMs < cooldownMs) throw new KeysUnavailable()
      try {
        return await remote(header, token)
      } catch (error) {
        if (isKnown || error instanceof errors.JWKSNoMatchingKey) throw error
        failedAtMs = performance.now()
        throw new KeysUnavailable('The auth server did not tell its keys.', { cause: error })
      }
    },

    onWithdrawn: (listener) => void listeners.push(listener),
    close: () => clearInterval(timer),
  }
}
