import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { postgresStore } from '../../../src/server/index.ts'
import { createDatabase } from '../harness.ts'
import { agedDocument, writeCopy } from './documents.ts'
import { openPostgres } from './stores.ts'

const DAY_MS = 86_400_000

let open: Awaited<ReturnType<typeof openPostgres>>
beforeAll(async () => {
  open = await openPostgres()
})
afterAll(() => open.close())

test('takes less than 800 bytes a session, indexes and all, and updates touch no index', async () => {
  // Connections that need room at the same moment make PostgreSQL add several empty pages at a time.
  const { store, client } = await openPostgres(1)
  const document = await agedDocument()
  const sessions = await Promise.all(
    Array.from({ length: 6_000 }, () => writeCopy(store, document)),
  )
  for (const version of [2, 3])
    await Promise.all(
      // Sessions are renewed in no order.
      sessions
        .toSorted((a, b) => (a.leaf + a.sid < b.leaf + b.sid ? -1 : 1))
        .map((session) => store.write({ ...session, version }, document.sessionEndsAt)),
    )
  // Statistics are sent when a connection has been idle for a while, or ends.
  await client.end()
  const after = new pg.Pool({ connectionString: client.options.connectionString })
  const { rows } = await after.query<{ bytes: number; updates: number; hot: number }>(
    `SELECT pg_total_relation_size('latchkey_sessions')::float8 AS bytes,
            n_tup_upd::float8 AS updates, n_tup_hot_upd::float8 AS hot
     FROM pg_stat_user_tables WHERE relname = 'latchkey_sessions'`,
  )
  await after.end()
  const [{ bytes, updates, hot } = { bytes: NaN, updates: NaN, hot: NaN }] = rows
  expect(bytes / sessions.length).toBeLessThan(800)
  expect(updates).toBe(2 * sessions.length)
  expect(hot / updates).toBeGreaterThan(0.9)
})

test('purges what need not be kept, so many at a time, and nothing else', async () => {
  const { store } = open
  const document = await agedDocument()
  const now = await store.now()
  const kept = await writeCopy(store, document, {}, now + DAY_MS)
  for (let n = 0; n < 5; n++) await writeCopy(store, document, {}, now - 2 * DAY_MS)
  expect([await store.purge(3), await store.purge(3), await store.purge()]).toEqual([3, 2, 0])
  expect((await store.read(kept.sid))?.document).toEqual(kept)
})

test('finds what to purge by an index', async () => {
  const { store, client } = open
  const statements: string[] = []
  const spy = {
    query: (statement: string, values: unknown[]) => {
      statements.push(statement)
      return client.query(statement, values)
    },
  }
  await postgresStore(spy).purge()
  const connection = await client.connect()
  await connection.query('SET enable_seqscan = off')
  const { rows } = await connection.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN ${statements[0] ?? ''}`.replace('$1', '10'),
  )
  connection.release()
  expect(await store.purge()).toBe(0)
  expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(
    /Index Cond: \(keep_until_day <= .*\)/,
  )
})

test.each(['order', 'Sessions', 'auth.sessions', 's'.repeat(48)])(
  'keeps sessions in a table called %s',
  async (table) => {
    const client = new pg.Pool({ connectionString: await createDatabase() })
    await client.query('CREATE SCHEMA auth')
    const store = postgresStore(client, { table })
    for (let time = 0; time < 2; time++)
      for (const statement of store.schema) await client.query(statement)
    const written = await writeCopy(store, await agedDocument())
    expect((await store.read(written.sid))?.document).toEqual(written)
    const { rows } = await client.query(`SELECT FROM pg_indexes WHERE tablename = $1`, [
      table.replace('auth.', ''),
    ])
    expect(rows).toHaveLength(4)
    await client.end()
  },
)

test.each(['', 'a b', 'a"b', 'a.b.c', '1a', 's'.repeat(49)])(
  'refuses a table called %j',
  (table) => {
    expect(() => postgresStore(open.client, { table })).toThrow(
      new TypeError(
        'The "table" option must be an SQL identifier of at most 48 characters; it is string',
      ),
    )
  },
)
