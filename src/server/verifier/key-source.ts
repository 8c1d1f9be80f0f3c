import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type CryptoKey,
  type JSONWebKeySet,
  type JWK,
  type JWTVerifyGetKey,
} from 'jose'
import { misuse } from '../../misuse.ts'

/** The public key, or the bytes of a shared secret. */
export type VerifierKey = CryptoKey | JWK | Uint8Array

/** Where a verifier has its keys from: one key, a function that finds it, or a set. */
export type KeyOptions = WithKey | WithKeySet

interface WithKey {
  /**
   * The key, or a function that finds the one that a token names, as those of jose do. It throws `errors.JWKSNoMatchingKey`
   * of jose if there is none. Any other error says nothing about the token, and `verify` rejects with it.
   */
  readonly key: VerifierKey | JWTVerifyGetKey
}

interface WithKeySet {
  /** The URL of a JSON Web Key Set, which is fetched when it is needed, or the set itself. */
  readonly jwks: string | JSONWebKeySet
}

/** How the keys are found. Throws a `TypeError` for an option that cannot be used. */
export function findKeyOf(options: KeyOptions): JWTVerifyGetKey {
  const { key, jwks } = options as Partial<WithKey & WithKeySet>
  if (typeof key === 'function') return key
  if (key !== undefined) {
    if (typeof key !== 'object' || (key as unknown) === null)
      throw misuse('key', 'a CryptoKey, a JWK, the bytes of a secret or a function', key)
    return () => key
  }
  if (typeof jwks === 'object' && Array.isArray((jwks as Partial<JSONWebKeySet> | null)?.keys))
    return createLocalJWKSet(jwks)
  if (typeof jwks !== 'string' || !URL.canParse(jwks))
    throw misuse('jwks', 'an absolute URL, or a JSON Web Key Set', jwks)
  const remote = createRemoteJWKSet(new URL(jwks))
  return (header, token) =>
    remote(header, token).catch((error: unknown) => {
      if (error instanceof errors.JOSEError) throw error
      throw new Error('The keys could not be loaded', { cause: error })
    })
}
