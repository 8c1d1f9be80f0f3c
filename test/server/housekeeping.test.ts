import { expect, test } from 'vitest'
import type { Database } from '../../demo/database/database.ts'
import { isAlive, logIn, type Session } from './clients.ts'
import { onEachDatabase, type TestServer } from './harness.ts'

onEachDatabase((start) => {
  test('a mountain of dead sessions is purged in small batches, and no living one with it', async () => {
    const server = await start()
    const living = await logIn(server, 'body')
    await bury(server, living, 1_001)
    const { database, batches } = watched(server.database)
    await start({ database })
    await expect.poll(() => countOfDead(server)).toBe(0)
    expect(Math.max(...batches)).toBe(200)
    expect(await isAlive(server, living)).toBe(true)
  })

  test('a server that closes leaves the rest to the next one', async () => {
    const server = await start()
    await bury(server, await logIn(server, 'body'), 1_001)
    const { database, batches } = watched(server.database)
    await (await start({ database })).close()
    expect(batches.filter((count) => count > 0)).toHaveLength(1)
    expect(await countOfDead(server)).toBe(801)
    await start()
    await expect.poll(() => countOfDead(server)).toBe(0)
  })

  test('expired rows are found by an index, however many sessions live', async () => {
    const server = await start()
    await logIn(server, 'body')
    const plan = await server.database.transaction(async (tx) => {
      await tx.query('SET LOCAL enable_seqscan = off')
      return tx.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN SELECT sid FROM latchkey_sessions
         WHERE keep_until < (now() AT TIME ZONE 'UTC')::date LIMIT 200 FOR UPDATE SKIP LOCKED`,
      )
    })
    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain('latchkey_sessions_by_day')
  })
})

/** Leaves so many sessions in the table that ended two days ago. */
async function bury(server: TestServer, { sid }: Session, count: number): Promise<void> {
  await server.database.query(
    `INSERT INTO latchkey_sessions (sid, subject, version, document, keep_until)
     SELECT gen_random_uuid()::text, subject, 1, document, (now() - interval '2 days')::date
     FROM latchkey_sessions, generate_series(1, $2::int) WHERE sid = $1`,
    [sid, count],
  )
}

async function countOfDead(server: TestServer): Promise<number | undefined> {
  const [dead] = await server.database.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM latchkey_sessions WHERE keep_until < current_date',
  )
  return dead?.count
}

/** Tells how many sessions each statement of a purge has deleted. */
function watched(database: Database): { database: Database; batches: number[] } {
  const batches: number[] = []
  return {
    batches,
    database: {
      ...database,
      async query<Row>(statement: string, parameters?: readonly unknown[]) {
        const rows = await database.query<Row>(statement, parameters)
        if (statement.startsWith('DELETE FROM latchkey_sessions')) batches.push(rows.length)
        return rows
      },
    },
  }
}
