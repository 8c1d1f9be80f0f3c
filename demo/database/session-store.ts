import { postgresStore, type PostgresStore } from '../../src/server/index.ts'
import type { Queries } from './database.ts'

/** The store of the kit, in this database. */
export function createSessionStore(queries: Queries): PostgresStore {
  return postgresStore({
    query: async (statement, parameters) => ({ rows: await queries.query(statement, parameters) }),
  })
}
