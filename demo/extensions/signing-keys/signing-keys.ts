import {
  createLocalJWKSet,
  errors,
  importJWK,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose'
import type { Config } from '../../config.ts'
import type { Database } from '../../database/database.ts'
import { findKeyEncryptionKeys } from './key-encryption-key.ts'
import type { Log } from '../../server/log.ts'
import { createSigningKeyStore, type StoredKey } from './signing-key-store.ts'

/**
 * The keys that sign access tokens, in memory. They are created, shared and replaced in the database (see
 * signing-key-store.ts), so that all instances sign with the same key and accept tokens of all others. Neither signing
 * nor verifying a token needs a query.
 */
export interface SigningKeys {
  /** The public halves, for publication. */
  readonly jwks: JSONWebKeySet
  /** The key that signs at this time, in Unix seconds by the database's clock, so that instances never disagree. */
  signingAt(issuedAtS: number): Promise<SigningKey>
  /** Finds the key that a token names. If it is unknown, reads the keys again, at most once in five seconds. */
  readonly find: JWTVerifyGetKey
  /** Calls back when keys have gone that were known. */
  onWithdrawn(listener: () => void): void
  /** Reads the keys again, because another instance has changed them. */
  reload(): Promise<void>
  /** Stops looking for due changes. */
  close(): Promise<void>
}

export interface SigningKey {
  readonly kid: string
  readonly privateKey: CryptoKey
}

const LOOK_AGAIN_MS = 5_000
const LONGEST_NAP_MS = 15 * 60_000

/** Loads the keys, creates the very first one, and then looks for due changes four times within `keyLeadS`. */
export async function openSigningKeys(
  database: Database,
  config: Pick<
    Config,
    | 'accessTtlS'
    | 'renewTtlS'
    | 'refreshTtlS'
    | 'keyTtlS'
    | 'keyLeadS'
    | 'keyEncryptionKeys'
    | 'dataDir'
  >,
  log: Log,
): Promise<SigningKeys> {
  const store = createSigningKeyStore(database, config, findKeyEncryptionKeys(config))
  const imported = new Map<string, Promise<CryptoKey>>()
  let keys: readonly StoredKey[] = []
  let jwks: JSONWebKeySet = { keys: [] }
  let findLocally = createLocalJWKSet(jwks)
  let readAtMs = -Infinity
  let reading: Promise<void> | undefined
  const listeners: (() => void)[] = []

  await tend()
  // If a key cannot be opened, the start fails, not the first login.
  await privateHalf(keyAt(Infinity))
  let running = Promise.resolve()
  const timer = setInterval(
    () => {
      running = tend().catch((error: unknown) =>
        log({ event: 'signing_keys_not_tended', error: String(error) }),
      )
    },
    Math.min((config.keyLeadS * 1000) / 4, LONGEST_NAP_MS),
  ).unref()

  return {
    get jwks() {
      return jwks
    },

    async signingAt(issuedAtS) {
      const key = keyAt(issuedAtS)
      return { kid: key.kid, privateKey: await privateHalf(key) }
    },

    async find(header, token) {
      try {
        return await findLocally(header, token)
      } catch (error) {
        const isUnknown = error instanceof errors.JWKSNoMatchingKey
        if (!isUnknown || performance.now() - readAtMs < LOOK_AGAIN_MS) throw error
        await reload()
        return findLocally(header, token)
      }
    },

    onWithdrawn: (listener) => void listeners.push(listener),
    reload,

    async close() {
      clearInterval(timer)
      await running
    },
  }

  async function tend(): Promise<void> {
    await store.tend()
    await reload()
  }

  function reload(): Promise<void> {
    reading ??= read().finally(() => {
      reading = undefined
    })
    return reading
  }

  async function read(): Promise<void> {
    const before = keys
    keys = await store.load()
    jwks = { keys: keys.map(({ publicJwk }) => publicHalf(publicJwk)) }
    findLocally = createLocalJWKSet(jwks)
    readAtMs = performance.now()
    const isGone = before.some(({ kid }) => !keys.some((key) => key.kid === kid))
    if (isGone) for (const listener of listeners) listener()
    for (const kid of imported.keys())
      if (!keys.some((key) => key.kid === kid && key.sealed !== null)) imported.delete(kid)
  }

  function keyAt(issuedAtS: number): StoredKey {
    const key = keys.find(({ signsFromS }) => signsFromS <= issuedAtS) ?? keys.at(-1)
    if (key === undefined)
      throw new Error('There is no signing key: somebody has emptied the table.')
    return key
  }

  async function privateHalf({ kid, sealed }: StoredKey): Promise<CryptoKey> {
    if (sealed === null) throw new Error('The private half of this signing key has been erased.')
    let key = imported.get(kid)
    if (key === undefined) {
      key = Promise.resolve(importJWK(store.unseal({ kid, sealed }), 'ES256')) as Promise<CryptoKey>
      imported.set(kid, key)
    }
    return key
  }
}

/** Lists the public members, so that a member that is added later stays private. */
function publicHalf({ kty, crv, x, y, kid, alg, use }: StoredKey['publicJwk']) {
  return { kty, crv, x, y, kid, alg, use } as JSONWebKeySet['keys'][number]
}
