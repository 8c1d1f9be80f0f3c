import { randomUUID } from 'node:crypto'
import { canonicalName } from './canonical-name.ts'
import type { Config } from './config.ts'
import type { Database } from './database.ts'
import type { PasswordHashing } from './password-hashing.ts'
import type { Mode } from './strategies/mode.ts'
import { microseconds } from './session-news.ts'

export interface Account {
  readonly id: string
  readonly username: string
  /** How its sessions are kept from the next login on; `null`: by the server's own mode. */
  readonly mode: Mode | null
  /** When it was last changed, in Unix microseconds on the database's clock; 0 before the first change. */
  readonly changedAtUs: number
}

/** The accounts that can log in. Names are compared in their canonical form; passwords are kept as argon2id hashes. */
export interface Accounts {
  /**
   * Creates an account; `undefined` if the name is taken. If so configured, the very first account becomes an
   * administrator.
   */
  register(username: string, password: string): Promise<Account | undefined>
  /** The account, if the password is right. Takes as long for a name that does not exist. */
  verify(username: string, password: string): Promise<Account | undefined>
  /** Hashes a password for storage. */
  hash(password: string): Promise<string>
}

/** Any number will do that no other lock of the server has. */
const FIRST_ACCOUNT_LOCK = 7_236_115

export async function createAccounts(
  database: Database,
  { hash, verify }: Pick<PasswordHashing, 'hash' | 'verify'>,
  { firstAccountIsAdmin }: Pick<Config, 'firstAccountIsAdmin'>,
): Promise<Accounts> {
  const hashOfNobody = await hash(randomUUID())

  return {
    async register(username, password) {
      const passwordHash = await hash(password)
      return database.transaction(async (tx) => {
        // Registrations take turns while there is no account, so that the second one sees the first.
        if (firstAccountIsAdmin)
          await tx.query(
            'SELECT pg_advisory_xact_lock($1) WHERE NOT EXISTS (SELECT FROM accounts)',
            [FIRST_ACCOUNT_LOCK],
          )
        const [account] = await tx.query<Account>(
          `INSERT INTO accounts (id, username, canonical_name, password_hash, role)
           SELECT $1, $2, $3, $4, CASE WHEN $5 AND NOT EXISTS (SELECT FROM accounts) THEN 'admin' ELSE 'user' END
           ON CONFLICT DO NOTHING RETURNING id, username, mode, 0 AS "changedAtUs"`,
          [randomUUID(), username, canonicalName(username), passwordHash, firstAccountIsAdmin],
        )
        return account
      })
    },

    async verify(username, password) {
      const [found] = await database.query<Account & { readonly password_hash: string }>(
        `SELECT id, username, mode, password_hash, coalesce(${microseconds('changed_at')}, 0) AS "changedAtUs"
         FROM accounts WHERE canonical_name = $1`,
        [canonicalName(username)],
      )
      const right = await verify(found?.password_hash ?? hashOfNobody, password)
      if (found === undefined || !right) return undefined
      const { id, username: name, mode, changedAtUs } = found
      return { id, username: name, mode, changedAtUs }
    },

    hash,
  }
}
