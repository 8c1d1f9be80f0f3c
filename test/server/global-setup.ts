import type { TestProject } from 'vitest/node'
import { startPostgres } from '../support/postgres.ts'
import { provideTemplate } from '../support/template-folder.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A running PostgreSQL server. */
    readonly postgresUrl: string
  }
}

/** Makes once what every test file needs. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [postgres, removeTemplate] = await Promise.all([startPostgres(), provideTemplate(project)])
  project.provide('postgresUrl', postgres.url)
  return async () => {
    await postgres.stop()
    removeTemplate()
  }
}
