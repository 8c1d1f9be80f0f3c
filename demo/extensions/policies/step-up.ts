import { bearerGuard, type BearerEnv } from '../../server/http/bearer-guard.ts'
import type { Context, MiddlewareHandler } from 'hono'
import type { SessionStore } from '../../../src/server/index.ts'
import type { Database } from '../../database/database.ts'
import { fingerprintOf, type Account } from '../../server/accounts/accounts.ts'
import type { Config } from '../../config.ts'
import type { Backend, Extension } from '../../server/extension.ts'
import { shortSid, type Log } from '../../server/log.ts'
import { SHORTEST_NEW_PASSWORD } from '../../server/accounts/login-routes.ts'
import { Refusal } from '../../server/http/refusal.ts'
import { readBody, requiredText, type Body } from '../../server/http/request-body.ts'
import type { SessionData } from '../../server/sessions.ts'
import { changeAccount } from '../revocations/change-account.ts'
import { tell } from '../revocations/session-news.ts'
import { freshSignIn } from './fresh-sign-in.ts'

interface StepUpDependencies {
  readonly config: Pick<Config, 'freshSignInS'>
  readonly database: Database
  readonly store: Pick<SessionStore, 'now'>
  /** For routes that hash a password. */
  readonly gate: MiddlewareHandler
  readonly log: Log
}

/**
 * What needs a password within a session. `POST /auth/confirm` answers a step-up: the user enters the password again, and
 * the session goes on with a new `auth_time` in its next access token. `POST /auth/password` sets a new password: all
 * other sessions end, and the access tokens of this one are revoked. If this session has a single token, it ends as well.
 * Both need an access token and count as attempts at the account, so a stolen token does not help to guess the password.
 */
export function stepUp({ config, database, store, gate, log }: StepUpDependencies): Extension {
  return {
    routes(app, { accounts, attempt, sessions, verify }) {
      const guard = bearerGuard(verify)
      const prove = proof({ accounts, attempt })

      // Deleting all notes wants a fresh sign-in: the person at an unlocked browser may not be the user.
      app.delete('/api/notes', guard, freshSignIn(config.freshSignInS))

      app.post('/auth/confirm', gate, guard, async (c) => {
        await prove(c, await readBody(c))
        const { sid } = c.var.claims
        await sessions.update(sid, confirmed(await store.now()))
        log({ event: 'confirmed', sid: shortSid(sid) })
        return c.body(null, 204)
      })

      app.post('/auth/password', gate, guard, async (c) => {
        const body = await readBody(c)
        const wanted = requiredText(body, 'new_password', SHORTEST_NEW_PASSWORD, 256)
        const account = await prove(c, body)
        const passwordHash = await accounts.hash(wanted)
        const { sid, use } = c.var.claims
        // This session may go on with the new password. It has to know that before there is one.
        await sessions.update(sid, alsoWith(fingerprintOf(passwordHash)))
        const ifPasswordHash = account.passwordHash
        const news = await changeAccount(database, account.id, { passwordHash, ifPasswordHash })
        if (news === undefined)
          throw new Refusal(
            401,
            'invalid_credentials',
            'The account has just been changed. Try again.',
          )
        await sessions.update(sid, confirmed(await store.now()))
        // With a single token, a copy of it could renew this session as well as the owner's.
        const except = use === undefined ? sid : undefined
        await sessions.endAll(account.id, { except, reason: 'password_changed' })
        await tell(database, news)
        log({ event: 'password_changed', sid: shortSid(sid) })
        return c.body(null, 204)
      })
    },
  }
}

function proof({ accounts, attempt }: Pick<Backend, 'accounts' | 'attempt'>) {
  return async (c: Context<BearerEnv>, body: Body): Promise<Account> => {
    const password = requiredText(body, 'password', 1, 256)
    const { username } = c.var.claims
    const forgive = await attempt(c, username)
    const account = await accounts.verify(username, password)
    // Not 401, which would blame the access token.
    if (account?.id !== c.var.claims.sub)
      throw new Refusal(403, 'invalid_credentials', 'The password is wrong.')
    await forgive()
    return account
  }
}

function confirmed(nowMs: number) {
  return (data: SessionData): SessionData =>
    data.standing === undefined
      ? data
      : { ...data, standing: { ...data.standing, confirmedAt: nowMs } }
}

function alsoWith(password: string) {
  return ({ standing, ...data }: SessionData): SessionData =>
    standing === undefined
      ? data
      : { ...data, standing: { ...standing, passwords: [...standing.passwords, password] } }
}
