import pg from 'pg'
import { postgresStore } from '../../../src/server/index.ts'
import { refreshChain, sendLoad, type Device, type Load } from './load.ts'
import { begin, modelSessions, rotate, SPENT } from './session-model.ts'

/** Fills the table up to this many sessions, all of one account, each of which has spent some tokens. */
export async function growTo(databaseUrl: string, sessions: number): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM latchkey_sessions',
    )
    await copySession(client, sessions - (rows[0]?.count ?? 0), 30)
    await client.query('VACUUM ANALYZE latchkey_sessions')
  })
}

/** Adds sessions that need not be kept since yesterday, for the housekeeping of the next server that starts. */
export async function buryDead(databaseUrl: string, sessions: number): Promise<void> {
  await withClient(databaseUrl, (client) => copySession(client, sessions, -2))
}

/** How many of these are left. */
export async function countDead(databaseUrl: string): Promise<number> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM latchkey_sessions
       WHERE keep_until_day < floor(extract(epoch FROM now()) / 86400)`,
    )
    return rows[0]?.count ?? NaN
  })
}

/** The plan nodes with which a session is found among all others. `Seq Scan` must not be among them. */
export async function planOfLookUp(databaseUrl: string): Promise<string> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT * FROM latchkey_sessions WHERE sid = 'any'`,
    )
    const lines = rows.map((row) => row['QUERY PLAN'])
    return (
      lines.join(' ').match(/(?:Index(?: Only)?|Bitmap Index|Seq) Scan(?: using)? (?:on )?\w+/g) ??
      []
    ).join(', ')
  })
}

/** Refreshes by a few devices, beside the other work of the servers. */
export async function refreshes(
  urls: readonly string[],
  devices: readonly Pick<Device, 'refreshToken'>[],
  seconds: number,
): Promise<Load> {
  return sendLoad(urls, devices.map(refreshChain), seconds)
}

/** Adds copies of a session that has spent its tokens as sessions do, kept for half of so many days at least. */
async function copySession(client: pg.Client, count: number, days: number): Promise<void> {
  if (count <= 0) return
  const sessions = modelSessions(postgresStore(client))
  const { rows } = await client.query<{ id: string | null }>('SELECT min(id) AS id FROM accounts')
  let session = await begin(sessions, rows[0]?.id ?? 'bench')
  for (let time = 0; time < SPENT; time++) session = await rotate(sessions, session)
  await client.query(
    `INSERT INTO latchkey_sessions (sid, subject, version, document, keep_until_day)
     SELECT left(md5(random()::text), 22), subject, version, document,
            floor(extract(epoch FROM now()) / 86400 + $3 * (0.5 + random() / 2))
     FROM latchkey_sessions, generate_series(1, $2::int) WHERE sid = $1`,
    [session.sid, count, days],
  )
}

async function withClient<T>(
  databaseUrl: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
