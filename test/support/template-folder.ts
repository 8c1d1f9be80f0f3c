import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../../demo/server/database.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A data folder with PGlite's tables in it, to be copied: creating one takes seconds, copying it does not. */
    readonly templateFolder: string
  }
}

/** Creates the template for a project's data folders; resolves to a function that removes it. */
export async function provideTemplate(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-template-'))
  const template = await openDatabase({ databaseUrl: undefined, dataDir: folder })
  await template.close()
  project.provide('templateFolder', folder)
  return () => rmSync(folder, { recursive: true })
}
