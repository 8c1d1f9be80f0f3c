import { createHash, randomUUID } from 'node:crypto'
import { canonicalName } from './canonical-name.ts'
import type { Config } from '../../config.ts'
import type { Database } from '../../database/database.ts'

export interface Account {
  readonly id: string
  readonly username: string
  /** The hash of the password that was right. */
  readonly passwordHash: string
}

/** Hashes passwords. */
export interface Passwords {
  hash(password: string): Promise<string>
  verify(hashed: string, password: string): Promise<boolean>
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
  { hash, verify }: Passwords,
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
           ON CONFLICT DO NOTHING RETURNING id, username, password_hash AS "passwordHash"`,
          [randomUUID(), username, canonicalName(username), passwordHash, firstAccountIsAdmin],
        )
        return account
      })
    },

    async verify(username, password) {
      const [found] = await database.query<Account>(
        `SELECT id, username, password_hash AS "passwordHash" FROM accounts WHERE canonical_name = $1`,
        [canonicalName(username)],
      )
      const isRight = await verify(found?.passwordHash ?? hashOfNobody, password)
      return isRight ? found : undefined
    },

    hash,
  }
}

/** Tells password hashes apart, and says nothing else about them: each contains random salt. */
export function fingerprintOf(passwordHash: string): string {
  return createHash('sha256').update(passwordHash).digest('base64url').slice(0, 22)
}
