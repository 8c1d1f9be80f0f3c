import { randomUUID } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { readConfig } from '../../../demo/config.ts'
import type { Database } from '../../../demo/database/database.ts'
import { openRevocations } from '../../../demo/extensions/revocations/revocations.ts'
import type { SessionDocument } from '../../../src/server/index.ts'
import { table } from '../support/figures.ts'

const ENTRIES = 200_000
const ISSUED = 10_000
const LOGOUTS_A_DAY = 1_000_000
const DAY_S = 86_400
/** A token is renewed some time before it expires, so a session has two valid tokens meanwhile. */
const TOKENS_A_SESSION = 2

/**
 * What a server does for a session, besides its refresh tokens, to be able to refuse the access tokens of an ended one.
 */
interface Way {
  readonly name: string
  readonly entries: number
  /** The bytes that one renewal adds to the write-ahead log. */
  readonly logged: number
}

/**
 * The list of ended sessions, compared with two alternatives: a list of token ids, for which the server must remember
 * what it has issued; and refresh tokens that are signed instead of stored, where only the list can end a session.
 */
export async function revocation(database: Database, refreshLogged: number): Promise<string> {
  const { accessTtlS, sessionTtlS } = readConfig({})
  const each = await bytesOfAnEntry()
  const within = (seconds: number) => Math.round((LOGOUTS_A_DAY * seconds) / DAY_S)
  const ways: readonly Way[] = [
    { name: 'ended sessions (`sid`)', entries: within(accessTtlS), logged: refreshLogged },
    {
      name: 'token ids (`jti`)',
      entries: within(accessTtlS) * TOKENS_A_SESSION,
      logged: refreshLogged + (await bytesOfAnIssue(database)),
    },
    { name: 'signed refresh tokens', entries: within(sessionTtlS), logged: 0 },
  ]
  const head = ['what is listed', 'entries', 'MB in each instance', 'bytes logged by a renewal']
  const rows = ways.map(({ name, entries, logged }) => [
    name,
    entries.toLocaleString('en'),
    ((entries * each) / 1e6).toFixed(1),
    Math.round(logged).toLocaleString('en'),
  ])
  return `${LOGOUTS_A_DAY.toLocaleString('en')} logouts a day; an entry takes ${Math.round(each)} bytes.\n\n${table(head, rows)}`
}

/** The size of the list as the server keeps it. */
async function bytesOfAnEntry(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const queries = {
    query: <Row>() => Promise.resolve([] as Row[]),
    listen: () => Promise.resolve(() => Promise.resolve()),
    transaction: () => Promise.reject(new Error('Nothing is written.')),
    close: () => Promise.resolve(),
  }
  const now = Date.now()
  const store = {
    now: () => now,
    endedSince: () => Promise.resolve(Array.from({ length: ENTRIES }, () => ended(now))),
  }
  collect()
  const before = process.memoryUsage().heapUsed
  const list = await openRevocations(queries, store, readConfig({}), () => undefined)
  collect()
  const bytes = process.memoryUsage().heapUsed - before
  if (list.size !== ENTRIES) throw new Error('The list is not as long as it was made.')
  await list.close()
  return bytes / ENTRIES
}

/** As it comes out of the database: a string that was concatenated would keep its parts in memory. */
function ended(at: number): SessionDocument {
  const end = { at, until: at + 600_000, reason: 'logout' }
  return JSON.parse(JSON.stringify({ sid: randomUUID(), subject: 'bench', end })) as SessionDocument
}

/** What it would cost to know later which tokens a session has: a row for each token until it expires. */
async function bytesOfAnIssue(database: Database): Promise<number> {
  await database.query(
    'CREATE TABLE issued (jti text PRIMARY KEY, sid text NOT NULL, expires_at timestamptz NOT NULL)',
  )
  await database.query('CREATE INDEX ON issued (sid)')
  await database.query('CREATE INDEX ON issued (expires_at)')
  await database.query('CHECKPOINT')
  const before = await logged(database)
  for (let n = 0; n < ISSUED; n++)
    await database.query(`INSERT INTO issued VALUES ($1, $2, now() + interval '10 minutes')`, [
      randomUUID(),
      randomUUID(),
    ])
  // The rows are deleted again.
  await database.query('DELETE FROM issued')
  const bytes = ((await logged(database)) - before) / ISSUED
  await database.query('DROP TABLE issued')
  return bytes
}

/** The number of bytes in the write-ahead log so far. */
export async function logged(database: Database): Promise<number> {
  const [at] = await database.query<{ bytes: number }>(
    `SELECT (pg_current_wal_insert_lsn() - '0/0')::float8 AS bytes`,
  )
  return at?.bytes ?? NaN
}
