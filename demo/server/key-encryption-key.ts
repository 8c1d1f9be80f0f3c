import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from './config.ts'

/** Of these 32-byte keys the first seals, and all of them open: so that one can be replaced without a standstill. */
export type KeyEncryptionKeys = readonly [Uint8Array, ...Uint8Array[]]

const FILE = 'key-encryption-key'

/**
 * Finds what the private halves of the signing keys are sealed under: `KEY_ENCRYPTION_KEY`, or else a file that is drawn
 * once, in `dataDir`.
 *
 * Whoever copies the database, or reads one of its backups, must not be able to sign tokens. So the key is kept where the
 * database is not: in the environment, as deployments hand out secrets, and the same for all instances. For a demo that
 * has to run without any setting, a file that only its owner can read stands beside the embedded database, not in it.
 * Without a `dataDir` there is nothing to outlive the process, and neither does the key.
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

/** Reads one key: 32 bytes in base64, as `openssl rand -base64 32` prints them. Nothing, if it is none. */
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
    // Whole at once or not at all: of two processes that start together, one draws and both read the same.
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
