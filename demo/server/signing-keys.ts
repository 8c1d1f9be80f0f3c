import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Database } from './database.ts'

/** A key as it is stored: private, with its `kid`. */
export type SigningKey = JWK & { readonly kid: string }

/**
 * Loads the keys, newest first; draws the first one ever. They live in the database, so that tokens survive a restart
 * and every instance can check what another one signed.
 */
export async function loadSigningKeys(
  database: Database,
): Promise<readonly [SigningKey, ...SigningKey[]]> {
  return database.transaction(async (tx) => {
    await tx.query('LOCK TABLE signing_keys IN EXCLUSIVE MODE')
    const stored = await tx.query<{ private_jwk: string }>(
      'SELECT private_jwk FROM signing_keys ORDER BY created_at DESC',
    )
    const [newest, ...older] = stored.map((row) => JSON.parse(row.private_jwk) as SigningKey)
    if (newest !== undefined) return [newest, ...older]
    const key = await drawSigningKey()
    await tx.query('INSERT INTO signing_keys (kid, private_jwk) VALUES ($1, $2)', [
      key.kid,
      JSON.stringify(key),
    ])
    return [key]
  })
}

async function drawSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' }
}
