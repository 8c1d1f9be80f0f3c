import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'

/** The public keys of an auth server, kept in memory. */
export interface PublishedKeys {
  /** Finds the key that a token names. Throws `KeysUnavailable` if that takes asking, and the auth server does not answer. */
  readonly find: JWTVerifyGetKey
  close(): void
}

/** Whether a token is good cannot be told just now: that is no reason to refuse it, nor to accept it. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable'
}

export interface PublishedKeysOptions {
  /** How often the list is read again, behind the requests. Shorter than the time for which a new key is published before it signs. @default 5 minutes */
  readonly everyMs?: number
  /** A key that is not on the list is asked for no more often than this. @default 30 seconds */
  readonly cooldownMs?: number
}

/**
 * Reads the keys from a JSON Web Key Set (RFC 7517 §5) when the first token comes, then again in the background.
 *
 * A list that could not be read again stays good: the auth server may be down, and tokens that it signed are not worse for
 * it. They run out by themselves, and nobody gets new ones meanwhile. So a key that is withdrawn is believed for as long
 * as `everyMs`, and longer only while nobody can be asked.
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
  const timer = setInterval(() => void remote.reload().catch(() => undefined), everyMs).unref()

  return {
    async find(header, token) {
      const isKnown = remote.jwks()?.keys.some(({ kid }) => kid === header.kid) ?? false
      // Or whoever sends tokens with invented key names would make this server besiege the other.
      if (!isKnown && performance.now() - failedAtMs < cooldownMs) throw new KeysUnavailable()
      try {
        return await remote(header, token)
      } catch (error) {
        if (isKnown || error instanceof errors.JWKSNoMatchingKey) throw error
        failedAtMs = performance.now()
        throw new KeysUnavailable('The auth server did not tell its keys.', { cause: error })
      }
    },

    close: () => clearInterval(timer),
  }
}
