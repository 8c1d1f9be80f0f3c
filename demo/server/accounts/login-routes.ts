import { Hono, type Context } from 'hono'
import type { Account, Accounts } from './accounts.ts'
import type { Config } from '../../config.ts'
import type { Attempt, Extension, SignIn } from '../extension.ts'
import type { Log } from '../log.ts'
import { Refusal } from '../http/refusal.ts'
import {
  invalid,
  optionalCount,
  optionalText,
  readBody,
  requiredText,
  type Body,
} from '../http/request-body.ts'
import type { Sessions } from '../sessions.ts'

interface LoginDependencies {
  /** The server's limits. A login may ask for shorter ones. */
  readonly defaults: Pick<Config, 'idleTtlS' | 'sessionTtlS'>
  readonly accounts: Accounts
  readonly attempt: Attempt
  readonly sessions: Sessions
  readonly extensions: readonly Pick<Extension, 'signIn'>[]
  readonly log: Log
}

/** In characters. */
export const SHORTEST_NEW_PASSWORD = 8

/**
 * `POST /register` and `POST /login`: each begins a session and ends those whose tokens it was shown, so that a browser
 * has one.
 */
export function loginRoutes({
  defaults,
  accounts,
  attempt,
  sessions,
  extensions,
  log,
}: LoginDependencies): Hono {
  const routes = new Hono()

  routes.post('/register', async (c) => {
    const body = await readBody(c)
    const wish = read(body, SHORTEST_NEW_PASSWORD)
    await attempt(c)
    const account = await accounts.register(wish.username, wish.password)
    if (account === undefined)
      throw new Refusal(409, 'username_taken', 'This user name is already taken.')
    return begin(c, body, account, 201)
  })

  routes.post('/login', async (c) => {
    const body = await readBody(c)
    const { username, password } = read(body)
    const forgive = await attempt(c, username)
    const account = await accounts.verify(username, password)
    if (account === undefined) {
      // The name is not logged: users sometimes type their password into that field.
      log({ event: 'login_refused' })
      throw new Refusal(401, 'invalid_credentials', 'The user name or the password is wrong.')
    }
    await forgive()
    return begin(c, body, account, 200)
  })

  return routes

  async function begin(c: Context, body: Body, account: Account, status: 200 | 201) {
    const { delivery, limits, device, refreshToken } = read(body)
    const data = { username: account.username, device }
    let signIn: SignIn = { account, delivery, limits, data }
    for (const extension of extensions) signIn = (await extension.signIn?.(signIn, c)) ?? signIn
    return sessions.start(c.req.raw, {
      subject: account.id,
      status,
      replaces: refreshToken,
      delivery: signIn.delivery,
      limits: signIn.limits,
      data: signIn.data,
    })
  }

  function read(body: Body, shortestPassword = 1) {
    const { idleTtlS, sessionTtlS } = defaults
    return {
      username: requiredText(body, 'username', 1, 64).trim(),
      password: requiredText(body, 'password', shortestPassword, 256),
      device: optionalText(body, 'device', 100),
      refreshToken: optionalText(body, 'refresh_token'),
      delivery: readDelivery(body),
      limits: {
        idleTtlS: Math.min(idleTtlS, optionalCount(body, 'idle_ttl_s') ?? idleTtlS),
        sessionTtlS: Math.min(sessionTtlS, optionalCount(body, 'session_ttl_s') ?? sessionTtlS),
      },
    }
  }
}

/** How the client wants its refresh token. */
export function readDelivery(body: Body): 'cookie' | 'body' {
  const delivery = optionalText(body, 'delivery') ?? 'cookie'
  if (delivery === 'cookie' || delivery === 'body') return delivery
  throw invalid('delivery must be "cookie" or "body".')
}
