// npm run bench:tables [-- --sessions N]: what a session takes in the table of PostgreSQL, and what a refresh writes,
// by the server's own statements. Figures of bytes and statements do not depend on how busy the machine is.
import { parseArgs } from 'node:util'
import { openDatabase, type Database } from '../../../demo/database/database.ts'
import { createSessionStore } from '../../../demo/database/session-store.ts'
import { startPostgres } from '../../support/postgres.ts'
import { growTo } from '../server/growth.ts'
import { begin, modelSessions, rotate, SPENT } from '../server/session-model.ts'
import { table } from '../support/figures.ts'
import { logged, revocation } from './revocation.ts'

const TABLES = ['latchkey_sessions'] as const
const DEVICES = 500
const REFRESHES_EACH = 10

const { values } = parseArgs({ options: { sessions: { type: 'string', default: '100000' } } })
const sessions = Number(values.sessions)
const postgres = await startPostgres()
try {
  const database = await openDatabase({ databaseUrl: postgres.url, dataDir: undefined })
  try {
    await database.query(
      `INSERT INTO accounts (id, username, canonical_name, password_hash) VALUES ('bench', 'bench', 'bench', '')`,
    )
    await growTo(postgres.url, sessions)
    print(`${sessions.toLocaleString('en')} sessions, each of which has spent ${SPENT} tokens.`)
    print(await sizes(database))
    const { text, logged: refreshLogged } = await cost(database)
    print(text)
    print(await revocation(database, refreshLogged))
  } finally {
    await database.close()
  }
} finally {
  await postgres.stop()
}

async function sizes(database: Database): Promise<string> {
  const rows = TABLES.map(async (name) => {
    const [size] = await database.query<{ rows: number; heap: number; indexes: number }>(
      `SELECT (SELECT count(*)::float8 FROM ${name}) AS rows,
              pg_table_size('${name}')::float8 AS heap, pg_indexes_size('${name}')::float8 AS indexes`,
    )
    if (size === undefined) throw new Error(`There is no table ${name}.`)
    const each = [size.heap, size.indexes, size.heap + size.indexes]
    return [name, size.rows.toLocaleString('en'), ...each.map((bytes) => whole(bytes / size.rows))]
  })
  const head = ['table', 'rows', 'bytes a row', 'of its indexes', 'together']
  return table(head, await Promise.all(rows))
}

/** Refreshes by sessions spread over the table, as they occur: each is the first of its session for a while. */
async function cost(database: Database): Promise<{ text: string; logged: number }> {
  let statements = 0
  const counted: Database = {
    ...database,
    query(statement, parameters) {
      statements++
      return database.query(statement, parameters)
    },
  }
  const sessions = modelSessions(createSessionStore(counted))
  const devices = []
  for (let n = 0; n < DEVICES; n++) devices.push(await begin(sessions, 'bench'))

  await database.query('CHECKPOINT')
  const before = await logged(database)
  statements = 0
  for (let time = 0; time < REFRESHES_EACH; time++)
    for (const [n, device] of devices.entries()) devices[n] = await rotate(sessions, device)
  const refreshes = DEVICES * REFRESHES_EACH
  const each = ((await logged(database)) - before) / refreshes
  const head = ['a refresh', 'on average']
  const text = table(head, [
    ['statements, without what extensions ask', (statements / refreshes).toFixed(1)],
    ['bytes of write-ahead log', whole(each)],
  ])
  return { text, logged: each }
}

function whole(number: number): string {
  return Math.round(number).toLocaleString('en')
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`)
}
