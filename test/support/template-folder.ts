import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../../demo/server/database.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A data folder with PGlite's tables in it, to be copied: making one takes seconds, a copy does not. */
    readonly templateFolder: string
  }
}

/** Makes the template of a project's data folders; resolves to what removes it. */
export async function provideTemplate(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-template-'))
  const template = await openDatabase({ databaseUrl: undefined, dataDir: folder })
  await template.close()
  project.provide('templateFolder', folder)
  return () => rmSync(folder, { recursive: true })
}
