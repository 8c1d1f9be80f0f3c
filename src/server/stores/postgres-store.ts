import { misuse } from '../../misuse.ts'
import type { SessionDocument } from '../document.ts'
import type { SessionStore } from '../store.ts'

/** What sends statements to PostgreSQL: a `Pool` of `pg`, a PGlite, or anything with such a `query`. */
export interface PostgresClient {
  query(statement: string, values: unknown[]): Promise<{ readonly rows: unknown[] }>
}

/** Options of {@link postgresStore}. */
export interface PostgresStoreOptions {
  /** The table, with its schema if need be: `auth.sessions`. @default 'latchkey_sessions' */
  readonly table?: string | undefined
}

/** A store in PostgreSQL, with what its table needs. */
export interface PostgresStore extends SessionStore {
  /** The statements that create the table, for a migration of your own. They change nothing that is there. */
  readonly schema: readonly string[]
  /** Deletes documents that need not be kept, at most `limit` (default 1,000). Resolves to how many. Call it hourly. */
  purge(limit?: number): Promise<number>
}

type Row = Readonly<Record<string, unknown>>

/** At most 48 characters, so that PostgreSQL does not cut off the names of the indexes. */
const NAME = /^(?:(?<schema>[a-z_]\w{0,47})\.)?(?<name>[a-z_]\w{0,47})$/i
const NOW = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::float8'
const TODAY = 'floor(extract(epoch FROM now()) / 86400)::integer'
const DAY_MS = 86_400_000
/** By name, so that a column of a later version changes the type of no prepared statement. */
const COLUMNS = 'sid, subject, version, document'

/**
 * Keeps sessions in a table of PostgreSQL 12 or later. Time is the database's. A refresh is one read and one update.
 * Throws a `TypeError` for a table name that is no plain SQL identifier.
 */
export function postgresStore(
  client: PostgresClient,
  options: PostgresStoreOptions = {},
): PostgresStore {
  const { schema, name } = NAME.exec(options.table ?? 'latchkey_sessions')?.groups ?? {}
  if (name === undefined)
    throw misuse('table', 'an SQL identifier of at most 48 characters', options.table)
  const table = schema === undefined ? `"${name}"` : `"${schema}"."${name}"`

  async function rowsOf(statement: string, ...values: unknown[]): Promise<Row[]> {
    return (await client.query(statement, values)).rows as Row[]
  }

  return {
    schema: [
      // The day is all that an index needs to know of when a document may go. A refresh seldom changes it, so most
      // updates touch no index (HOT), and the free space lets them stay on their page.
      `CREATE TABLE IF NOT EXISTS ${table} (
         sid text COLLATE "C" PRIMARY KEY, subject text COLLATE "C" NOT NULL, version integer NOT NULL,
         document text NOT NULL, ended_at_ms bigint, keep_until_day integer NOT NULL
       ) WITH (fillfactor = 90)`,
      `CREATE INDEX IF NOT EXISTS "${name}_by_subject" ON ${table} (subject)`,
      `CREATE INDEX IF NOT EXISTS "${name}_by_day" ON ${table} (keep_until_day)`,
      `CREATE INDEX IF NOT EXISTS "${name}_by_end" ON ${table} (ended_at_ms) WHERE ended_at_ms IS NOT NULL`,
    ],

    now: async () => Number((await rowsOf(`SELECT ${NOW} AS now`))[0]?.['now']),

    async read(sid) {
      const [row] = await rowsOf(
        `SELECT ${COLUMNS}, ${NOW} AS now FROM ${table} WHERE sid = $1`,
        sid,
      )
      return row && { document: documentIn(row), readAt: Number(row['now']) }
    },

    async write(document, keepUntil) {
      const { sid, subject, version, ...rest } = document
      const day = Math.ceil(keepUntil / DAY_MS)
      const values = [sid, version, JSON.stringify(rest), rest.end?.at ?? null, day]
      const statement =
        version === 1
          ? `INSERT INTO ${table} (sid, version, document, ended_at_ms, keep_until_day, subject)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING 1`
          : `UPDATE ${table} SET version = $2, document = $3, ended_at_ms = $4, keep_until_day = $5
             WHERE sid = $1 AND subject = $6 AND version = $2 - 1 RETURNING 1`
      return (await rowsOf(statement, ...values, subject)).length > 0
    },

    list: async (subject) =>
      (await rowsOf(`SELECT ${COLUMNS} FROM ${table} WHERE subject = $1`, subject)).map(documentIn),

    endedSince: async (since) =>
      (
        await rowsOf(`SELECT ${COLUMNS} FROM ${table} WHERE ended_at_ms >= $1`, Math.ceil(since))
      ).map(documentIn),

    async purge(limit = 1_000) {
      const rows = await rowsOf(
        `DELETE FROM ${table} WHERE sid = ANY (ARRAY(
           SELECT sid FROM ${table} WHERE keep_until_day <= ${TODAY} LIMIT $1 FOR UPDATE SKIP LOCKED
         )) RETURNING 1`,
        limit,
      )
      return rows.length
    },
  }
}

/** The document of a row. What has a column of its own is not stored twice. */
function documentIn({ sid, subject, version, document }: Row): SessionDocument {
  return { ...(JSON.parse(String(document)) as object), sid, subject, version } as SessionDocument
}
