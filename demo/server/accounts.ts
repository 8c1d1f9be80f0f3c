import { randomUUID } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import type { Config } from './config.ts'
import type { Database } from './database.ts'
import type { Mode } from './strategies/mode.ts'

export interface Account {
  readonly id: string
  readonly username: string
  /** How its sessions are kept from the next login on; `null`: as the server keeps others. */
  readonly mode: Mode | null
}

/** Who may log in. Names are compared without regard to case; passwords are kept as argon2id hashes. */
export interface Accounts {
  /** Creates an account, or nothing if the name is taken. */
  register(username: string, password: string): Promise<Account | undefined>
  /** The account, if the password is its own. Takes as long for a name that nobody has. */
  verify(username: string, password: string): Promise<Account | undefined>
}

export async function createAccounts(
  database: Database,
  { passwordCost }: Pick<Config, 'passwordCost'>,
): Promise<Accounts> {
  const hashOfNobody = await hash(randomUUID(), passwordCost)

  return {
    async register(username, password) {
      const [account] = await database.query<Account>(
        `INSERT INTO accounts (id, username, password_hash) VALUES ($1, $2, $3)
         ON CONFLICT DO NOTHING RETURNING id, username, mode`,
        [randomUUID(), username, await hash(password, passwordCost)],
      )
      return account
    },

    async verify(username, password) {
      const [found] = await database.query<Account & { readonly password_hash: string }>(
        'SELECT id, username, mode, password_hash FROM accounts WHERE lower(username) = lower($1)',
        [username],
      )
      const right = await verify(found?.password_hash ?? hashOfNobody, password)
      return found && right
        ? { id: found.id, username: found.username, mode: found.mode }
        : undefined
    },
  }
}
