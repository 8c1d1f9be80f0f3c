import type { SessionDocument } from '../document.ts'
import type { SessionStore } from '../store.ts'

/** What sends statements to PostgreSQL: a `Pool` of `pg`, a PGlite, or anything with such a `query`. */
export interface PostgresClient {
  query(
    statement: string,
    values: unknown[],
  ): Promise<{ readonly rows: unknown[]; readonly rowCount?: number | null }>
}

/** Options of {@link postgresStore}. */
export interface PostgresStoreOptions {
  /** The table, as an SQL identifier. @default 'latchkey_sessions' */
  readonly table?: string | undefined
}

/** A store in PostgreSQL, with what its table needs. */
export interface PostgresStore extends SessionStore {
  /** The statements that create the table, for a migration of your own. They change nothing that is there. */
  readonly schema: readonly string[]
  /** Deletes documents that need not be kept, at most `limit` (default 1,000). Resolves to how many. Call it hourly. */
  purge(limit?: number): Promise<number>
}

const NAME = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/
const NOW = 'extract(epoch FROM clock_timestamp()) * 1000'

/**
 * Keeps sessions in a table of PostgreSQL 12 or later. Time is the database's. A refresh is one read and one update.
 * Throws a `TypeError` for a table name that is no plain SQL identifier.
 */
export function postgresStore(
  client: PostgresClient,
  { table = 'latchkey_sessions' }: PostgresStoreOptions = {},
): PostgresStore {
  if (!NAME.test(table))
    throw new TypeError('The "table" option must be a plain SQL identifier in lower case')
  const index = table.replace('.', '_')

  async function rowsOf<Row>(statement: string, ...values: unknown[]): Promise<Row[]> {
    return (await client.query(statement, values)).rows as Row[]
  }

  return {
    schema: [
      // The day is all that an index needs to know of when a document may go. A refresh seldom changes it, so most
      // updates touch no index (HOT), and the free space lets them stay on their page.
      `CREATE TABLE IF NOT EXISTS ${table} (
         sid text PRIMARY KEY, subject text NOT NULL, version integer NOT NULL, document text NOT NULL,
         ended_at timestamptz, keep_until date NOT NULL
       ) WITH (fillfactor = 80)`,
      `CREATE INDEX IF NOT EXISTS ${index}_by_subject ON ${table} (subject)`,
      `CREATE INDEX IF NOT EXISTS ${index}_by_day ON ${table} (keep_until)`,
      `CREATE INDEX IF NOT EXISTS ${index}_by_end ON ${table} (ended_at) WHERE ended_at IS NOT NULL`,
    ],

    async now() {
      const [row] = await rowsOf<{ now: string }>(`SELECT ${NOW} AS now`)
      return Number(row?.now)
    },

    async read(sid) {
      const [row] = await rowsOf<{ document: string; now: string }>(
        `SELECT document, ${NOW} AS now FROM ${table} WHERE sid = $1`,
        sid,
      )
      return (
        row && { document: JSON.parse(row.document) as SessionDocument, readAt: Number(row.now) }
      )
    },

    async write(document, keepUntil) {
      const { sid, subject, version, end } = document
      const values = [sid, subject, version, JSON.stringify(document), secondsOf(end?.at)]
      const written =
        version === 1
          ? `INSERT INTO ${table} (sid, subject, version, document, ended_at, keep_until)
             VALUES ($1, $2, $3, $4, to_timestamp($5::float8), ${DAY}) ON CONFLICT DO NOTHING RETURNING 1`
          : `UPDATE ${table}
             SET subject = $2, version = $3, document = $4, ended_at = to_timestamp($5::float8), keep_until = ${DAY}
             WHERE sid = $1 AND version = $3 - 1 RETURNING 1`
      return (await rowsOf(written, ...values, secondsOf(keepUntil))).length > 0
    },

    async list(subject) {
      const rows = await rowsOf<{ document: string }>(
        `SELECT document FROM ${table} WHERE subject = $1`,
        subject,
      )
      return rows.map(({ document }) => JSON.parse(document) as SessionDocument)
    },

    async endedSince(since) {
      const rows = await rowsOf<{ document: string }>(
        `SELECT document FROM ${table} WHERE ended_at >= to_timestamp($1::float8)`,
        secondsOf(since),
      )
      return rows.flatMap(({ document }) => {
        const { sid, subject, end } = JSON.parse(document) as SessionDocument
        return end === undefined ? [] : [{ sid, subject, ...end }]
      })
    },

    async purge(limit = 1_000) {
      const rows = await rowsOf(
        `DELETE FROM ${table} WHERE sid = ANY (ARRAY(
           SELECT sid FROM ${table} WHERE keep_until < (now() AT TIME ZONE 'UTC')::date LIMIT $1 FOR UPDATE SKIP LOCKED
         )) RETURNING 1`,
        limit,
      )
      return rows.length
    },
  }
}

const DAY = `(to_timestamp($6::float8) AT TIME ZONE 'UTC')::date`

function secondsOf(ms: number | undefined): number | null {
  return ms === undefined ? null : ms / 1000
}
