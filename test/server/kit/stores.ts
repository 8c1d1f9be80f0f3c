import { DatabaseSync } from 'node:sqlite'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { createClient } from 'redis'
import { postgresStore, redisStore, type SessionStore } from '../../../src/server/index.ts'
import { startRedis } from '../../support/redis.ts'
import { createDatabase } from '../harness.ts'
import { sqliteStore } from './sqlite-store.ts'

/** A store on a database that is made for the tests. */
export interface OpenStore<Store extends SessionStore = SessionStore> {
  readonly store: Store
  close(): Promise<void>
}

/** Opens a store on each database that the kit knows. */
export const STORES: Readonly<Record<string, () => Promise<OpenStore>>> = {
  PGlite: openPGlite,
  PostgreSQL: openPostgres,
  Redis: openRedis,
  // The example of docs/server.md.
  SQLite: openSqlite,
}

export async function openPGlite() {
  const client = await PGlite.create()
  const store = postgresStore(client)
  for (const statement of store.schema) await client.query(statement)
  return { store, client, close: () => client.close() }
}

export async function openPostgres(connections = 10) {
  const client = new pg.Pool({ connectionString: await createDatabase(), max: connections })
  const store = postgresStore(client)
  for (const statement of store.schema) await client.query(statement)
  return { store, client, close: () => client.end() }
}

export async function openRedis() {
  const server = await startRedis()
  const client = createClient({ socket: { path: server.path, tls: false } })
  await client.connect()
  const command = (...args: string[]): Promise<unknown> => client.sendCommand(args)
  return {
    ...{ command, path: server.path, store: redisStore(command) },
    async close() {
      await client.close()
      await server.stop()
    },
  }
}

function openSqlite(): Promise<OpenStore> {
  const database = new DatabaseSync(':memory:')
  return Promise.resolve({
    store: sqliteStore(database),
    close: () => Promise.resolve(database.close()),
  })
}
