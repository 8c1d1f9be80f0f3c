import { addCanonicalNames } from './canonical-name.ts'
import type { Database } from './database.ts'
import { hashOf } from './secrets.ts'
import { MODES } from './strategies/mode.ts'

/** Any number will do; all instances must use the same. */
const SCHEMA_LOCK = 7_236_114

const TABLES = [
  `CREATE TABLE IF NOT EXISTS accounts (
     id            text PRIMARY KEY,
     username      text NOT NULL,
     password_hash text NOT NULL,
     created_at    timestamptz NOT NULL DEFAULT now()
   )`,
  `ALTER TABLE accounts ADD COLUMN IF NOT EXISTS canonical_name text`,
  `CREATE UNIQUE INDEX IF NOT EXISTS one_account_a_canonical_name ON accounts (canonical_name)`,
  // The index that older databases have in its place.
  `DROP INDEX IF EXISTS one_account_a_name`,
  // The mode of its sessions from the next login on (see strategies/mode.ts); NULL: the server's own.
  `ALTER TABLE accounts ADD COLUMN IF NOT EXISTS mode text CHECK (mode IN ('${MODES.join("', '")}'))`,
  // "changed_at": when the claims in the account's tokens became outdated. "reauth_since": sign-ins before it have to
  // be repeated.
  `ALTER TABLE accounts
     ADD COLUMN IF NOT EXISTS role         text NOT NULL DEFAULT 'user',
     ADD COLUMN IF NOT EXISTS active       boolean NOT NULL DEFAULT true,
     ADD COLUMN IF NOT EXISTS reauth_since timestamptz,
     ADD COLUMN IF NOT EXISTS changed_at   timestamptz`,
  `CREATE INDEX IF NOT EXISTS accounts_by_change ON accounts (changed_at) WHERE changed_at IS NOT NULL`,

  // One row per login on one device. A refresh locks it; reuse or a logout ends it.
  `CREATE TABLE IF NOT EXISTS families (
     sid                text PRIMARY KEY,
     account_id         text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
     device             text,
     created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
     refresh_expires_at timestamptz NOT NULL,
     session_ends_at    timestamptz NOT NULL,
     ended_at           timestamptz,
     ended_reason       text
   )`,
  `CREATE INDEX IF NOT EXISTS families_of_account ON families (account_id)`,
  `CREATE INDEX IF NOT EXISTS families_by_end ON families (session_ends_at)`,
  // Added separately, for databases from before there was an idle limit: their families have none.
  `ALTER TABLE families
     ADD COLUMN IF NOT EXISTS idle_ttl_s   double precision,
     ADD COLUMN IF NOT EXISTS idle_ends_at timestamptz`,
  // NULL: rotating.
  `ALTER TABLE families ADD COLUMN IF NOT EXISTS mode text`,
  // "confirmed_at": when the user last entered the password within the session.
  `ALTER TABLE families
     ADD COLUMN IF NOT EXISTS confirmed_at timestamptz,
     ADD COLUMN IF NOT EXISTS address      text,
     ADD COLUMN IF NOT EXISTS networks     text[],
     ADD COLUMN IF NOT EXISTS moved_at     timestamptz`,
  // Live families are not in this index, so a refresh does not have to update it.
  `CREATE INDEX IF NOT EXISTS families_ended ON families (ended_at) WHERE ended_at IS NOT NULL`,

  // Nothing in this table can be used as a token: it holds hashes, and successors sealed under secrets that are not
  // stored.
  `CREATE TABLE IF NOT EXISTS refresh_tokens (
     hash             text PRIMARY KEY,
     sid              text NOT NULL REFERENCES families (sid) ON DELETE CASCADE,
     seq              integer NOT NULL,
     spent_at         timestamptz,
     spent_with       text,
     sealed_successor text,
     UNIQUE (sid, seq)
   )`,
  // The access token that a refresh token is bound to, in pair mode.
  `ALTER TABLE refresh_tokens ADD COLUMN IF NOT EXISTS access_jti text`,
  // Two live tokens in one family would be a bug. This index keeps any code path from committing them.
  `CREATE UNIQUE INDEX IF NOT EXISTS one_leaf_a_family ON refresh_tokens (sid) WHERE spent_at IS NULL`,

  // The private halves are sealed under a key that is kept elsewhere. In older databases they are not, until a server
  // starts on them.
  `CREATE TABLE IF NOT EXISTS signing_keys (
     kid         text PRIMARY KEY,
     private_jwk text,
     created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,
  `ALTER TABLE signing_keys
     ALTER COLUMN private_jwk DROP NOT NULL,
     ADD COLUMN IF NOT EXISTS public_jwk text,
     ADD COLUMN IF NOT EXISTS sealed_jwk text,
     ADD COLUMN IF NOT EXISTS signs_from timestamptz NOT NULL DEFAULT clock_timestamp()`,

  `CREATE TABLE IF NOT EXISTS attempts (
     bucket  text PRIMARY KEY,
     count   integer NOT NULL,
     ends_at timestamptz NOT NULL
   )`,
  `CREATE INDEX IF NOT EXISTS attempts_by_end ON attempts (ends_at)`,

  `CREATE TABLE IF NOT EXISTS notes (
     id         text PRIMARY KEY,
     account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
     text       text NOT NULL,
     created_at timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,
  `CREATE INDEX IF NOT EXISTS notes_of_account ON notes (account_id, created_at)`,
]

/** Creates what is missing. Instances that start at the same time take turns. */
export async function prepareSchema(database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    // Wait for another instance, however long it takes.
    await tx.query('SET LOCAL lock_timeout = 0')
    await tx.query('SELECT pg_advisory_xact_lock($1)', [SCHEMA_LOCK])
    // Even statements that change nothing lock their tables. An instance that joins a busy deployment must not run
    // them.
    await tx.query('CREATE TABLE IF NOT EXISTS schema_state (prepared_by text NOT NULL)')
    const [state] = await tx.query<{ prepared_by: string }>('SELECT prepared_by FROM schema_state')
    const wanted = hashOf(TABLES.join(';'))
    if (state?.prepared_by === wanted) return
    for (const statement of TABLES) await tx.query(statement)
    await addCanonicalNames(tx)
    await tx.query('ALTER TABLE accounts ALTER COLUMN canonical_name SET NOT NULL')
    await tx.query('DELETE FROM schema_state')
    await tx.query('INSERT INTO schema_state (prepared_by) VALUES ($1)', [wanted])
  })
}
