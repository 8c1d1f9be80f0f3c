import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../../demo/database/database.ts'
import { lockFolder } from '../../demo/database/folder-lock.ts'
import { until } from './patience.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A data folder with PGlite's tables in it, to be copied: making one takes seconds of work, a copy does not. */
    readonly templateFolder: string
    /** Where copies can be left: it is removed at the end of the test run. */
    readonly copiesFolder: string
  }
}

const root = join(import.meta.dirname, '../..')
const CACHE = join(root, 'node_modules/.cache/latchkey')
const MADE_OF = [
  'node_modules/@electric-sql/pglite/package.json',
  'demo/server/schema.ts',
  'demo/extensions/signing-keys/signing-key-store.ts',
  'src/server/stores/postgres-store.ts',
]

/** Makes what a project needs to copy data folders; returns what removes the copies. */
export async function provideTemplate(project: TestProject): Promise<() => void> {
  const copies = mkdtempSync(join(tmpdir(), 'latchkey-pglite-'))
  project.provide('templateFolder', await findTemplate())
  project.provide('copiesFolder', copies)
  return () => rmSync(copies, { recursive: true })
}

/**
 * Finds the template of this version of PGlite and of the tables, or makes it, and removes older ones. Test runs at the same
 * time make it once.
 */
export async function findTemplate(): Promise<string> {
  const hash = createHash('sha256')
  for (const file of MADE_OF) hash.update(readFileSync(join(root, file)))
  const template = join(CACHE, hash.digest('hex').slice(0, 16))
  mkdirSync(CACHE, { recursive: true })
  const unlock = await takeTurn()
  try {
    if (!existsSync(template)) await makeTemplate(template)
  } finally {
    unlock()
  }
  return template
}

async function takeTurn(): Promise<() => void> {
  let unlock: (() => void) | undefined
  const isMyTurn = (): boolean => {
    try {
      unlock = lockFolder(CACHE)
    } catch {
      return false
    }
    return true
  }
  await until('the template of another test run is made', isMyTurn, 60_000)
  return () => unlock?.()
}

async function makeTemplate(template: string): Promise<void> {
  for (const left of readdirSync(CACHE, { withFileTypes: true }))
    if (left.isDirectory()) rmSync(join(CACHE, left.name), { recursive: true })
  // Under its name only when it is whole: the process can be killed at any moment.
  const unfinished = mkdtempSync(join(CACHE, 'unfinished-'))
  const database = await openDatabase({ databaseUrl: undefined, dataDir: unfinished })
  await database.close()
  renameSync(unfinished, template)
}
