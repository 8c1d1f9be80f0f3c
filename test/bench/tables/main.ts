// npm run bench:tables [-- --sessions N]: what a session takes in the tables of PostgreSQL, and what a refresh writes,
// by the server's own statements. Figures of bytes and statements do not depend on how busy the machine is.
import { parseArgs } from 'node:util'
import { readConfig } from '../../../demo/server/config.ts'
import { openDatabase, type Database, type Queries } from '../../../demo/server/database.ts'
import { createFamilies } from '../../../demo/server/families.ts'
import { createPolicy } from '../../../demo/server/policy.ts'
import { createRefresh } from '../../../demo/server/refresh.ts'
import { drawSecret } from '../../../demo/server/secrets.ts'
import { startPostgres } from '../../support/postgres.ts'
import { growTo, SPENT } from '../server/growth.ts'
import { table } from '../support/figures.ts'
import { logged, revocation } from './revocation.ts'

const TABLES = ['families', 'refresh_tokens'] as const
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
    print(`${sessions.toLocaleString('en')} sessions, each with one token and ${SPENT} spent ones.`)
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

/** Refreshes by sessions spread over the tables, as they occur: each is the first of its family for a while. */
async function cost(database: Database): Promise<{ text: string; logged: number }> {
  const config = readConfig({})
  const policy = createPolicy(config)
  const families = createFamilies(database, policy, config)
  let statements = 0
  const counted = (queries: Queries): Queries => ({
    query: (statement, parameters) => {
      statements++
      return queries.query(statement, parameters)
    },
  })
  const refresh = createRefresh(
    { ...database, transaction: (work) => database.transaction((tx) => work(counted(tx))) },
    policy,
    config,
  )
  const limits = { idleTtlS: config.idleTtlS, sessionTtlS: config.sessionTtlS }
  const { mode } = config
  const account = { id: 'bench', username: 'bench', mode, changedAtUs: 0 }
  const address = '192.0.2.1'
  const login = { account, device: 'Firefox on Linux', address, mode, replaces: [], limits }
  const grants = []
  for (let n = 0; n < DEVICES; n++) grants.push(await families.open(login))

  await database.query('CHECKPOINT')
  const before = await logged(database)
  for (let time = 0; time < REFRESHES_EACH; time++) {
    for (const [n, { token, sid, seq }] of grants.entries()) {
      const asked = { tokens: [token], sid, seq, key: drawSecret(), address }
      const answer = await refresh({ ...asked, idleMs: undefined, accessJti: undefined })
      if (answer.row !== 'S2') throw new Error(`A refresh was answered by ${answer.row}.`)
      grants[n] = answer.grant
    }
  }
  const after = await logged(database)
  const refreshes = DEVICES * REFRESHES_EACH
  const each = (after - before) / refreshes
  const head = ['a refresh', 'on average']
  const text = table(head, [
    ['statements, BEGIN and COMMIT beside them', (statements / refreshes).toFixed(1)],
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
