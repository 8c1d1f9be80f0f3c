import { createHash, randomBytes } from 'node:crypto'
import pg from 'pg'
import { drawSecret } from '../../../demo/server/secrets.ts'
import { sealSuccessor } from '../../../demo/server/successor-seal.ts'
import { refreshChain, sendLoad, type Device, type Load } from './load.ts'

/** How many spent tokens each session in the table has, besides its valid one. */
export const SPENT = 4

/** Fills the tables up to this many sessions, all of one account, each with the tokens it has spent. */
export async function growTo(databaseUrl: string, sessions: number): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM families',
    )
    await insertSessions(client, sessions - (rows[0]?.count ?? 0), '30 days')
    await client.query('VACUUM ANALYZE families, refresh_tokens')
  })
}

/** Adds sessions that ended a day ago, for the housekeeping of the next server that starts. */
export async function buryDead(databaseUrl: string, sessions: number): Promise<void> {
  await withClient(databaseUrl, (client) => insertSessions(client, sessions, '-1 day'))
}

export async function countDead(databaseUrl: string): Promise<number> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM families WHERE session_ends_at < now()',
    )
    return rows[0]?.count ?? NaN
  })
}

/** The plan nodes with which a token is found among all others. `Seq Scan` must not be among them. */
export async function planOfLookUp(databaseUrl: string): Promise<string> {
  return withClient(databaseUrl, async (client) => {
    const hash = createHash('sha256').update(randomBytes(32)).digest('hex')
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT * FROM refresh_tokens JOIN families USING (sid) WHERE hash = '${hash}'`,
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

async function insertSessions(client: pg.Client, count: number, endsIn: string): Promise<void> {
  if (count <= 0) return
  await client.query(
    `WITH begun AS (
       INSERT INTO families
         (sid, account_id, device, address, networks, refresh_expires_at, session_ends_at)
       SELECT gen_random_uuid()::text, (SELECT min(id) FROM accounts), 'Firefox on Linux',
              '192.0.2.1', ARRAY['192.0.2.0/24'],
              now() + $2::interval, now() + $2::interval * (0.5 + random() / 2)
       FROM generate_series(1, $1::int)
       RETURNING sid)
     INSERT INTO refresh_tokens (hash, sid, seq, spent_at, spent_with, sealed_successor)
     SELECT ${hashed('gen_random_uuid()::text')}, sid, seq,
            CASE WHEN seq <= ${SPENT} THEN now() END,
            CASE WHEN seq <= ${SPENT} THEN ${hashed('sid')} END,
            CASE WHEN seq = ${SPENT} THEN $3 END
     FROM begun, generate_series(1, ${SPENT + 1}) AS seq`,
    [count, endsIn, sealSuccessor(drawSecret(), drawSecret(), drawSecret())],
  )
}

/** A text as long as the hashes that the server stores. */
function hashed(text: string): string {
  return `rtrim(translate(encode(sha256((${text})::bytea), 'base64'), '+/', '-_'), '=')`
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
