import { SIGNING_KEYS } from '../extensions/signing-keys/signing-key-store.ts'
import { TABLES } from '../server/schema.ts'
import type { Database } from './database.ts'
import { createSessionStore } from './session-store.ts'

/** Any number will do; all instances must use the same. */
const SCHEMA_LOCK = 7_236_114

/** Creates the tables in an empty database. Instances that start at the same time take turns. */
export async function prepareSchema(database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    // A server that starts has other work, and may be late for its next statement.
    await tx.query("SET LOCAL idle_in_transaction_session_timeout = '60s'")
    // Wait for another instance, however long it takes.
    await tx.query('SET LOCAL lock_timeout = 0')
    await tx.query('SELECT pg_advisory_xact_lock($1)', [SCHEMA_LOCK])
    // Even statements that change nothing lock their tables. An instance that joins a busy deployment must not run them.
    const [found] = await tx.query<{ isThere: boolean }>(
      `SELECT to_regclass('accounts') IS NOT NULL AS "isThere"`,
    )
    if (found?.isThere === true) return
    for (const statement of [...TABLES, ...createSessionStore(tx).schema, SIGNING_KEYS])
      await tx.query(statement)
  })
}
