import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Config } from '../../config.ts'
import type { Database, Queries } from '../../database/database.ts'
import type { KeyEncryptionKeys } from './key-encryption-key.ts'
import { open, seal } from './sealed-box.ts'
import { longestShownS } from '../strategies/mode.ts'

/** The private halves are sealed under a key that is kept elsewhere, and erased once they have signed for the last time. */
export const SIGNING_KEYS = `CREATE TABLE signing_keys (
  kid        text PRIMARY KEY,
  public_jwk text NOT NULL,
  sealed_jwk text,
  signs_from timestamptz NOT NULL
)`

/** A signing key as it is stored. */
export interface StoredKey {
  readonly kid: string
  readonly publicJwk: JWK
  /** The private half, sealed; `null` once the key has signed for the last time. */
  readonly sealed: string | null
  /** When it starts to sign, in Unix seconds by the database's clock. It signs until the next key starts. */
  readonly signsFromS: number
}

export interface SigningKeyStore {
  /** Reads the keys; the one that starts to sign last comes first. */
  load(): Promise<StoredKey[]>
  /**
   * Does what is due: creates the next key, erases private halves that are no longer needed, and deletes keys whose
   * tokens have all expired. Any instance may call it at any time. They take turns, so that each step is done once.
   */
  tend(): Promise<void>
  /** Opens the private half of a key. */
  unseal(key: Pick<StoredKey, 'kid'> & { readonly sealed: string }): JWK
}

/**
 * The life of a key: it is published for `keyLeadS` before it signs, it signs for `keyTtlS`, and it is trusted for as
 * long as a token of it may be shown. An instance may be late by `keyLeadS` in hearing of it, so each step leaves that
 * much time.
 */
export function createSigningKeyStore(
  database: Database,
  config: Pick<Config, 'accessTtlS' | 'renewTtlS' | 'refreshTtlS' | 'keyTtlS' | 'keyLeadS'>,
  encryptionKeys: KeyEncryptionKeys,
): SigningKeyStore {
  const { keyTtlS, keyLeadS } = config
  const [sealingKey] = encryptionKeys

  return {
    async load() {
      const rows = await database.query<Omit<StoredKey, 'publicJwk'> & { public_jwk: string }>(
        `SELECT kid, public_jwk, sealed_jwk AS sealed, extract(epoch FROM signs_from)::float8 AS "signsFromS"
         FROM signing_keys ORDER BY signs_from DESC`,
      )
      return rows.map(({ public_jwk, ...row }) => ({
        ...row,
        publicJwk: JSON.parse(public_jwk) as JWK,
      }))
    },

    tend: () =>
      database.transaction(async (tx) => {
        await tx.query('LOCK TABLE signing_keys IN EXCLUSIVE MODE')
        await retire(tx)
        const [{ signsInS }] = await nextTurn(tx)
        if (signsInS === null || signsInS < keyLeadS) await draw(tx, signsInS)
      }),

    unseal({ kid, sealed }) {
      for (const key of encryptionKeys) {
        try {
          return JSON.parse(open(sealed, key, kid)) as JWK
        } catch {
          // Perhaps the next one.
        }
      }
      throw new Error(
        'The signing keys in the database were sealed under another key: set KEY_ENCRYPTION_KEY to the one they were sealed under.',
      )
    },
  }

  /** In how many seconds the youngest key will have signed for long enough; `null` if there is no key yet. */
  async function nextTurn(tx: Queries) {
    const rows = await tx.query<{ signsInS: number | null }>(
      `SELECT extract(epoch FROM max(signs_from) - clock_timestamp())::float8 + $1 AS "signsInS"
       FROM signing_keys`,
      [keyTtlS],
    )
    return rows as [(typeof rows)[number]]
  }

  async function draw(tx: Queries, signsInS: number | null): Promise<void> {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const { d, ...jwk } = await exportJWK(privateKey)
    const kid = await calculateJwkThumbprint(jwk)
    const publicJwk = { ...jwk, kid, alg: 'ES256', use: 'sig' }
    await tx.query(
      `INSERT INTO signing_keys (kid, public_jwk, sealed_jwk, signs_from)
       VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4))`,
      [
        kid,
        JSON.stringify(publicJwk),
        seal(JSON.stringify({ ...publicJwk, d }), sealingKey, kid),
        // No instance has to learn of the very first key before it signs.
        signsInS === null ? 0 : keyLeadS,
      ],
    )
  }

  async function retire(tx: Queries): Promise<void> {
    await tx.query(
      `UPDATE signing_keys SET sealed_jwk = NULL
       FROM (SELECT kid, lead(signs_from) OVER (ORDER BY signs_from) AS until FROM signing_keys) AS spans
       WHERE spans.kid = signing_keys.kid AND sealed_jwk IS NOT NULL
         AND until + make_interval(secs => $1) < clock_timestamp()`,
      [keyLeadS],
    )
    await tx.query(
      `DELETE FROM signing_keys
       USING (SELECT kid, lead(signs_from) OVER (ORDER BY signs_from) AS until FROM signing_keys) AS spans
       WHERE spans.kid = signing_keys.kid AND until + make_interval(secs => $1) < clock_timestamp()`,
      [keyLeadS + longestShownS(config)],
    )
  }
}
