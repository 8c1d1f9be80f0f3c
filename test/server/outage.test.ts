import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import type { LogEntry } from '../../demo/server/log.ts'
import { startServer } from '../../demo/start-server.ts'
import { startPostgres } from '../support/postgres.ts'
import { drawKey, logIn, post, refresh } from './clients.ts'
import { createDatabase, KEY_ENCRYPTION_KEY, type TestServer } from './harness.ts'

test('a database that crashes costs answers, not sessions: what was interrupted is done by the repeated request', async () => {
  const { postgres, server } = await startOnPostgres()
  const sessions = await Promise.all([logIn(server, 'body'), logIn(server, 'cookie')])
  const holder = new pg.Client({ connectionString: postgres.url })
  holder.on('error', () => undefined)
  await holder.connect()
  onTestFinished(() => holder.end().catch(() => undefined))
  await holder.query('BEGIN')
  await holder.query('SELECT FROM latchkey_sessions FOR UPDATE')

  const keys = sessions.map(drawKey)
  const repeat = () =>
    Promise.all(
      sessions.map((session, n) => refresh(server, session.mode, session, { key: keys[n] ?? '' })),
    )
  const interrupted = repeat()
  // Both are about to write now, and wait for the lock.
  await expect
    .poll(async () => {
      const waiting = await server.database.query(
        `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE "latchkey_sessions"%'`,
      )
      return waiting.length
    })
    .toBe(2)
  await postgres.crash()
  for (const answer of [...(await interrupted), ...(await repeat())]) expectPatience(answer)
  expectPatience(await post(server, '/auth/login', sessions[0]))

  await postgres.start()
  await expect.poll(async () => (await repeat()).map(({ status }) => status)).toEqual([200, 200])
  const again = await repeat()
  expect(again.map(({ token }) => token?.seq)).toEqual([2, 2])
  expect(server.rows().filter((row) => row === 'S2')).toHaveLength(2)
  expect(server.log.filter(({ event }) => event === 'failed')).toEqual([])
})

test('while the database is away, tokens are still believed', async () => {
  const { postgres, server } = await startOnPostgres()
  const { accessToken } = await logIn(server, 'body')
  await postgres.crash()
  const headers = { authorization: `Bearer ${accessToken}` }
  expect((await fetch(`${server.url}/api/me`, { headers })).status).toBe(200)
  const notes = await fetch(`${server.url}/api/notes`, { headers })
  expect(notes.status).toBe(503)
  expect((await fetch(`${server.url}/.well-known/jwks.json`)).status).toBe(200)
})

test('an instance that joins takes no lock that those at work would have to wait for', async () => {
  const databaseUrl = await createDatabase()
  await logIn(await startOn(databaseUrl), 'body')
  const reader = new pg.Client({ connectionString: databaseUrl })
  await reader.connect()
  onTestFinished(() => reader.end())
  // A transaction that reads a table keeps all others from altering it until it ends.
  await reader.query('BEGIN')
  await reader.query('SELECT FROM latchkey_sessions, signing_keys, accounts, attempts, notes')
  const other = await startServer({ ...SETTINGS, databaseUrl, log: () => undefined })
  await other.close()
})

const SETTINGS = {
  port: 0,
  passwordCost: { memoryCost: 8, timeCost: 1, parallelism: 1 },
  keyEncryptionKeys: [KEY_ENCRYPTION_KEY],
}

async function startOnPostgres() {
  const postgres = await startPostgres()
  onTestFinished(() => postgres.stop())
  return { postgres, server: await startOn(postgres.url) }
}

async function startOn(databaseUrl: string): Promise<TestServer> {
  const log: LogEntry[] = []
  const running = await startServer({
    ...SETTINGS,
    databaseUrl,
    log: (entry) => log.push(entry),
  })
  onTestFinished(() => running.close())
  const rows = () => log.flatMap(({ row }) => (row === undefined ? [] : [row]))
  return { ...running, log, rows }
}

function expectPatience({ status, headers, body }: Awaited<ReturnType<typeof post>>): void {
  expect({ status, error: body.error }).toEqual({ status: 503, error: 'temporarily_unavailable' })
  expect(headers.get('retry-after')).toBe('1')
}
