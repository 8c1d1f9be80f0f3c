import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../../demo/server/database.ts'
import { startPostgres } from '../support/postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A running PostgreSQL server. */
    readonly postgresUrl: string
    /** A data folder with PGlite's tables in it, to be copied: making one takes seconds, a copy does not. */
    readonly templateFolder: string
  }
}

/** Makes once what every test file needs. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const templateFolder = mkdtempSync(join(tmpdir(), 'latchkey-template-'))
  const [postgres, template] = await Promise.all([
    startPostgres(),
    openDatabase({ databaseUrl: undefined, dataDir: templateFolder }),
  ])
  await template.close()
  project.provide('postgresUrl', postgres.url)
  project.provide('templateFolder', templateFolder)
  return async () => {
    await postgres.stop()
    rmSync(templateFolder, { recursive: true })
  }
}
