import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sessionsOn } from './moving.ts'
import { openPostgres } from './stores.ts'

const URL = 'https://app.test/auth/refresh'

let open: Awaited<ReturnType<typeof openPostgres>>
beforeAll(async () => {
  open = await openPostgres()
  // Databases of the tests begin with the tables of the demo.
  await open.client.query('DROP TABLE IF EXISTS refresh_tokens CASCADE')
  await open.client.query(
    `CREATE TABLE refresh_tokens (
       hash text PRIMARY KEY, user_id text NOT NULL, device text NOT NULL,
       expires_at timestamptz NOT NULL, used_at timestamptz, moved_at timestamptz
     )`,
  )
})
afterAll(() => open.close())

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

async function issue(pool: pg.Pool, expiresIn = '30 days') {
  const token = randomBytes(32).toString('hex')
  await pool.query(`INSERT INTO refresh_tokens VALUES ($1, $2, 'phone', now() + $3::interval)`, [
    hashOf(token),
    randomUUID(),
    expiresIn,
  ])
  return token
}

/** A rotation by the code that the kit replaces. It refuses what has moved. */
async function rotateAsBefore(pool: pg.Pool, token: string): Promise<boolean> {
  const { rows } = await pool.query(
    `UPDATE refresh_tokens SET used_at = now()
     WHERE hash = $1 AND used_at IS NULL AND moved_at IS NULL AND expires_at > now() RETURNING 1`,
    [hashOf(token)],
  )
  return rows.length > 0
}

test('a table of one’s own moves while both run, and no session ends or has two leaves', async () => {
  const { client } = open
  const sessions = sessionsOn(client)
  const tokens = await Promise.all(Array.from({ length: 20 }, () => issue(client)))
  await Promise.all(
    tokens.map(async (token, index) => {
      const key = randomBytes(16).toString('hex')
      const inCookie = index % 2 === 0
      const refresh = async (shown: string, name = 'refresh_token') => {
        const request = new Request(URL, {
          method: 'POST',
          headers: {
            'x-requested-with': 'test',
            'idempotency-key': key,
            ...(inCookie && { cookie: `${name}=${shown}` }),
          },
          body: JSON.stringify(inCookie ? {} : { refresh_token: shown }),
        })
        return sessions.refresh(request)
      }
      // Two tabs ask the kit with one key. Of every other client, a request goes to the code before it meanwhile.
      const [before, ...answers] = await Promise.all([
        index % 4 < 2 && rotateAsBefore(client, token),
        refresh(token),
        refresh(token),
      ])
      const statuses = answers.map(({ status }) => status)
      expect(statuses).toEqual(before ? [401, 401] : [200, 200])
      expect(await rotateAsBefore(client, token)).toBe(false)
      if (before) return
      // The answer was lost, and a tab asks again.
      expect((await refresh(token)).status).toBe(200)
    }),
  )
  const { rows } = await client.query(
    'SELECT user_id FROM refresh_tokens WHERE moved_at IS NOT NULL AND used_at IS NULL',
  )
  for (const { user_id } of rows as { user_id: string }[])
    expect(await sessions.list(user_id)).toMatchObject([{ seq: 1, data: { device: 'phone' } }])
  expect(rows.length).toBeGreaterThanOrEqual(10)
})

test('a token that has expired or was spent in the table does not begin a session', async () => {
  const { client } = open
  const sessions = sessionsOn(client)
  const spent = await issue(client)
  await rotateAsBefore(client, spent)
  for (const token of [spent, await issue(client, '-1 second'), 'x']) {
    const body = JSON.stringify({ refresh_token: token })
    expect((await sessions.refresh(new Request(URL, { method: 'POST', body }))).status).toBe(401)
  }
})
