/** The tables of the backend, beside that of the sessions. */
export const TABLES: readonly string[] = [
  // "mode": how the account's sessions are kept from the next login on; NULL: the server's own way. "changed_at": when the
  // claims in its access tokens became outdated.
  `CREATE TABLE accounts (
     id             text PRIMARY KEY,
     username       text NOT NULL,
     canonical_name text NOT NULL UNIQUE,
     password_hash  text NOT NULL,
     role           text NOT NULL DEFAULT 'user',
     active         boolean NOT NULL DEFAULT true,
     mode           text,
     created_at     timestamptz NOT NULL DEFAULT now(),
     changed_at     timestamptz
   )`,
  `CREATE INDEX accounts_by_change ON accounts (changed_at) WHERE changed_at IS NOT NULL`,

  `CREATE TABLE attempts (
     bucket  text PRIMARY KEY,
     count   integer NOT NULL,
     ends_at timestamptz NOT NULL
   )`,
  `CREATE INDEX attempts_by_end ON attempts (ends_at)`,

  `CREATE TABLE notes (
     id         text PRIMARY KEY,
     account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
     text       text NOT NULL,
     created_at timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,
  `CREATE INDEX notes_of_account ON notes (account_id, created_at)`,
]
