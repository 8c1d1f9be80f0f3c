import { expect, test } from 'vitest'
import type { Database } from '../../demo/database/database.ts'
import { createSessionStore } from '../../demo/database/session-store.ts'
import { documentOf, isAlive, logIn, type Session } from './clients.ts'
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
})

const DAY_MS = 24 * 3_600_000

/** Leaves so many sessions in the store that need not be kept since yesterday. */
async function bury({ database }: TestServer, { sid }: Session, count: number): Promise<void> {
  const store = createSessionStore(database)
  const document = await documentOf({ database }, sid)
  const keptUntil = Date.now() - 2 * DAY_MS
  for (let n = 0; n < count; n++)
    await store.write({ ...document, sid: `dead-${sid}-${n}`, version: 1 }, keptUntil)
}

async function countOfDead({ database }: TestServer): Promise<number | undefined> {
  const [dead] = await database.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM latchkey_sessions WHERE sid LIKE 'dead-%'`,
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
        if (statement.startsWith('DELETE FROM "latchkey_sessions"')) batches.push(rows.length)
        return rows
      },
    },
  }
}
