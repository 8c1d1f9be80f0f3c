import type { TestProject } from 'vitest/node'
import { openDatabase } from '../../demo/database/database.ts'
import { startPostgres, type Postgres } from '../support/postgres.ts'
import { provideTemplate } from '../support/template-folder.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A running PostgreSQL server, whose new databases have the tables in them. */
    readonly postgresUrl: string
  }
}

/** Makes once what every test file needs. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [postgres, removeTemplate] = await Promise.all([
    startPostgres().then(withTables),
    provideTemplate(project),
  ])
  project.provide('postgresUrl', postgres.url)
  return async () => {
    await postgres.stop()
    removeTemplate()
  }
}

async function withTables(postgres: Postgres): Promise<Postgres> {
  // What every new database is a copy of.
  const template = new URL(postgres.url)
  template.pathname = 'template1'
  const database = await openDatabase({ databaseUrl: template.href, dataDir: undefined })
  await database.close()
  return postgres
}
