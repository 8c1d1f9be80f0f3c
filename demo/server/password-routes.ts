import { Hono, type Context } from 'hono'
import type { AccessTokens } from './access-tokens.ts'
import type { Account, Accounts } from './accounts.ts'
import type { Attempts } from './attempts.ts'
import { bearerGuard, type BearerEnv } from './bearer-guard.ts'
import type { AddressOf } from './client-address.ts'
import type { Database } from './database.ts'
import { confirmFamily, endFamilies, familiesOfAccount } from './families.ts'
import { shortSid, type Log } from './log.ts'
import { SHORTEST_NEW_PASSWORD } from './login-routes.ts'
import type { Policy } from './policy.ts'
import { Refusal } from './refusal.ts'
import { readBody, requiredText, type Body } from './request-body.ts'
import { changeAccount } from './session-news.ts'

interface PasswordDependencies {
  readonly database: Database
  readonly accounts: Accounts
  readonly attempts: Attempts
  readonly policy: Policy
  readonly accessTokens: Pick<AccessTokens, 'verify'>
  readonly addressOf: AddressOf
  readonly log: Log
}

/**
 * `POST /confirm` answers a step-up: the user enters the password again, and the session goes on with a new `auth_time`
 * in its next access token. `POST /password` sets a new password: all other sessions end, and the access tokens of this
 * one are revoked. If this session has a single token, it ends as well.
 * Both need an access token and count as attempts at the account, so a stolen token does not help to guess the
 * password.
 */
export function passwordRoutes({
  database,
  accounts,
  attempts,
  policy,
  accessTokens,
  addressOf,
  log,
}: PasswordDependencies): Hono<BearerEnv> {
  const routes = new Hono<BearerEnv>()
  const guard = bearerGuard(accessTokens)

  routes.post('/confirm', guard, async (c) => {
    await prove(c, await readBody(c))
    await database.transaction((tx) => confirmFamily(tx, c.var.claims.sid))
    log({ event: 'confirmed', sid: shortSid(c.var.claims.sid) })
    return c.body(null, 204)
  })

  routes.post('/password', guard, async (c) => {
    const body = await readBody(c)
    const wanted = requiredText(body, 'new_password', SHORTEST_NEW_PASSWORD, 256)
    const account = await prove(c, body)
    const hash = await accounts.hash(wanted)
    const { sid, use } = c.var.claims
    await database.transaction(async (tx) => {
      // Locked first, so that no two requests share the row and then deadlock when they write it.
      await tx.query('SELECT FROM accounts WHERE id = $1 FOR UPDATE', [account.id])
      await policy.admit(tx, account)
      const all = await familiesOfAccount(tx, account.id)
      // With a single token, a copy of it could renew this session as well as the owner's.
      const over = use === undefined ? all.filter((each) => each !== sid) : all
      await endFamilies(tx, 'password_changed', over)
      await confirmFamily(tx, sid)
      await changeAccount(tx, account.id, 'password_hash = $2', hash)
    })
    log({ event: 'password_changed', sid: shortSid(sid) })
    return c.body(null, 204)
  })

  return routes

  async function prove(c: Context<BearerEnv>, body: Body): Promise<Account> {
    const password = requiredText(body, 'password', 1, 256)
    const attempt = { username: c.var.claims.username, address: addressOf(c) }
    await attempts.count(attempt)
    const account = await accounts.verify(attempt.username, password)
    // Not 401, which would blame the access token.
    if (account?.id !== c.var.claims.sub)
      throw new Refusal(403, 'invalid_credentials', 'The password is wrong.')
    await attempts.forgive(attempt)
    return account
  }
}
