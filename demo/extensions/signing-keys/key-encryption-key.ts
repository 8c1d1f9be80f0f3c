import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../config.ts'

/** Keys of 32 bytes. The first seals, and all of them open, so that a key can be replaced without downtime. */
export type KeyEncryptionKeys = readonly [Uint8Array, ...Uint8Array[]]

const FILE = 'key-encryption-key'

/**
 * Finds the keys that seal the private halves of the signing keys: `KEY_ENCRYPTION_KEY`, or else a file in `dataDir`
 * that is created once.
 *
 * A copy of the database, or of a backup, must not be enough to sign tokens. So the key is kept outside the database:
 * in the environment, where deployments keep secrets, and the same for all instances. The demo has to run without any
 * setting, so there the key is in a file beside the embedded database that only its owner can read. Without a
 * `dataDir`, neither database nor key outlives the process.
 */
export function findKeyEncryptionKeys({
  keyEncryptionKeys: [first, ...others],
  dataDir,
}: Pick<Config, 'keyEncryptionKeys' | 'dataDir'>): KeyEncryptionKeys {
  if (first !== undefined) return [first, ...others]
  if (dataDir === undefined) return [randomBytes(32)]
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = join(dataDir, FILE)
  if (!existsSync(file)) drawFile(file)
  return [readFile(file)]
}

/** Reads one key: 32 bytes in base64, as `openssl rand -base64 32` prints them. `undefined` for anything else. */
export function parseKeyEncryptionKey(text: string): Uint8Array | undefined {
  const key = Buffer.from(text, 'base64')
  const isWhole =
    key.length === 32 && key.toString('base64').replace('=', '') === text.replace('=', '')
  return isWhole ? new Uint8Array(key) : undefined
}

function drawFile(file: string): void {
  const draft = `${file}-${randomUUID()}`
  writeFileSync(draft, randomBytes(32).toString('base64'), { mode: 0o600 })
  try {
    // Created atomically: if two processes start at once, one of them creates it and both read the same key.
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(draft)
  }
}

function readFile(file: string): Uint8Array {
  const key = parseKeyEncryptionKey(readFileSync(file, 'utf8').trim())
  if (key === undefined) throw new Error(`${file} must hold 32 bytes in base64.`)
  return key
}
