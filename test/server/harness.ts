import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, inject, onTestFinished } from 'vitest'
import type { Database } from '../../demo/database/database.ts'
import type { LogEntry } from '../../demo/server/log.ts'
import { connectPostgres } from '../../demo/database/postgres-database.ts'
import {
  createPasswordHashing,
  type PasswordHashing,
} from '../../demo/extensions/protection/password-hashing.ts'
import { startServer, type RunningServer, type StartOptions } from '../../demo/start-server.ts'
import { patienceMs } from '../support/patience.ts'
import { emptyPGlite } from '../support/pglite.ts'

export interface TestServer extends RunningServer {
  /** All that the server has logged. */
  readonly log: readonly LogEntry[]
  /** The rows of the refresh table that have answered, in order. */
  readonly rows: () => unknown[]
}

const CONNECT_WITHIN_MS = patienceMs(20_000)

/** Cheap hashes, for all servers of this worker. */
export const PASSWORDS: PasswordHashing = createPasswordHashing({
  passwordCost: { memoryCost: 8, timeCost: 1, parallelism: 1 },
  loginsAtOnce: 2,
})

/** What all servers of the tests seal their signing keys under. */
export const KEY_ENCRYPTION_KEY: Uint8Array = new Uint8Array(32).fill(7)

/** Starts a server for the test that is running. Servers of one suite share a database, as instances of a deployment do. */
export type Start = (options?: StartOptions) => Promise<TestServer>

/** Runs a suite on PGlite and again on PostgreSQL. */
export function onEachDatabase(define: (start: Start) => void): void {
  describe('on PGlite', () => define(useDatabase(emptyPGlite)))
  onPostgres(define)
}

/** Runs a suite once, on PostgreSQL, which answers several times as fast as PGlite. */
export function onPostgres(define: (start: Start) => void): void {
  describe('on PostgreSQL', () => define(useDatabase(openPostgres)))
}

function useDatabase(open: () => Promise<Database>): Start {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  return async (options) => {
    const log: LogEntry[] = []
    // Starting a thread takes longer than most tests.
    const shared = options?.passwordCost === undefined ? { passwords: PASSWORDS } : {}
    const server = await startServer({
      port: 0,
      database,
      ...shared,
      // Every test comes from one address.
      attemptsPerAddress: 1_000_000,
      keyEncryptionKeys: [KEY_ENCRYPTION_KEY],
      log: (entry) => log.push(entry),
      ...options,
    })
    onTestFinished(() => server.close())
    const rows = () => log.flatMap(({ row }) => (row === undefined ? [] : [row]))
    return { ...server, log, rows }
  }
}

/** Opens a new database, with nothing in its tables. No request to it is turned away because the machine is slow. */
export async function openPostgres(): Promise<Database> {
  return connectPostgres(await createDatabase(), { connectWithinMs: CONNECT_WITHIN_MS })
}

/** Creates a database with nothing in its tables; returns its URL. The server that it is on ends with the test run. */
export async function createDatabase(): Promise<string> {
  const server = new pg.Client({ connectionString: inject('postgresUrl') })
  // A connection that is lost between two calls would end the process. The next call rejects as well.
  server.on('error', () => undefined)
  await server.connect()
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await server.query(`CREATE DATABASE ${name}`).finally(() => server.end())
  const url = new URL(inject('postgresUrl'))
  url.pathname = name
  return url.href
}
