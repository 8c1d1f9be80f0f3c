import { Hono, type Context } from 'hono'
import type { AccessTokens } from './access-tokens.ts'
import type { Account, Accounts } from './accounts.ts'
import type { Attempts } from './attempts.ts'
import type { AddressOf } from './client-address.ts'
import type { Config } from './config.ts'
import type { Families } from './families.ts'
import { readLoginLimits, type LoginLimits } from './family-limits.ts'
import { shortSid, type Log } from './log.ts'
import { clearRefreshCookies, setRefreshCookie, shownCookies } from './refresh-cookies.ts'
import { Refusal } from './refusal.ts'
import { invalid, optionalText, readBody, requiredText, type Body } from './request-body.ts'
import { hasSingleToken } from './strategies/mode.ts'
import { mustBePairable } from './strategies/pair-binding.ts'
import type { SingleTokenSessions } from './strategies/single-token-sessions.ts'
import { tokenResponse, type Delivery } from './token-response.ts'

interface LoginDependencies {
  /** The server's defaults. An account may have another mode, and a login may ask for shorter limits. */
  readonly defaults: LoginLimits & Pick<Config, 'mode'>
  readonly addressOf: AddressOf
  readonly accounts: Accounts
  readonly attempts: Attempts
  readonly families: Families
  readonly singleTokenSessions: SingleTokenSessions
  readonly accessTokens: AccessTokens
  readonly log: Log
}

/** In characters. */
export const SHORTEST_NEW_PASSWORD = 8

/**
 * `POST /register` and `POST /login`: each begins a family and ends those whose tokens it was shown, so that a browser
 * has one.
 */
export function loginRoutes({
  defaults,
  addressOf,
  accounts,
  attempts,
  families,
  singleTokenSessions,
  accessTokens,
  log,
}: LoginDependencies): Hono {
  const routes = new Hono()

  routes.post('/register', async (c) => {
    const wish = read(c, await readBody(c), SHORTEST_NEW_PASSWORD)
    mustBePairable(defaults.mode, wish.delivery)
    await attempts.count({ address: wish.address })
    const account = await accounts.register(wish.username, wish.password)
    if (account === undefined)
      throw new Refusal(409, 'username_taken', 'This user name is already taken.')
    return begin(c, wish, account, 201)
  })

  routes.post('/login', async (c) => {
    const wish = read(c, await readBody(c))
    await attempts.count(wish)
    const account = await accounts.verify(wish.username, wish.password)
    if (account === undefined) {
      // The name is not logged: users sometimes type their password into that field.
      log({ event: 'login_refused', address: wish.address })
      throw new Refusal(401, 'invalid_credentials', 'The user name or the password is wrong.')
    }
    await attempts.forgive(wish)
    return begin(c, wish, account, 200)
  })

  return routes

  function read(c: Context, body: Body, shortestPassword?: number): LoginWish {
    return { ...readLogin(c, body, defaults, shortestPassword), address: addressOf(c) }
  }

  async function begin(c: Context, wish: LoginWish, account: Account, status: 200 | 201) {
    const { device, address, delivery, cookies, replaces, limits } = wish
    const mode = account.mode ?? defaults.mode
    mustBePairable(mode, delivery)
    const login = { account, device, address, replaces, limits }
    const event = status === 201 ? 'registered' : 'logged_in'
    if (hasSingleToken(mode)) {
      const life = await singleTokenSessions.open({ ...login, mode })
      log({ event, sid: shortSid(life.sid), mode })
      clearRefreshCookies(c, cookies)
      return tokenResponse(c, accessTokens, life, { status })
    }
    const grant = await families.open({ ...login, mode })
    log({ event, sid: shortSid(grant.sid), delivery })
    clearRefreshCookies(c, cookies)
    if (delivery === 'cookie') setRefreshCookie(c, grant, grant.refreshExpiresInS)
    return tokenResponse(c, accessTokens, grant, { delivery, status })
  }
}

function readLogin(c: Context, body: Body, own: LoginLimits, shortestPassword = 1) {
  const cookies = shownCookies(c)
  const inBody = optionalText(body, 'refresh_token')
  return {
    username: requiredText(body, 'username', 1, 64).trim(),
    password: requiredText(body, 'password', shortestPassword, 256),
    device: optionalText(body, 'device', 100),
    delivery: readDelivery(body),
    limits: readLoginLimits(body, own),
    cookies,
    replaces: [...cookies.map(({ token }) => token), ...(inBody === undefined ? [] : [inBody])],
  }
}

type LoginWish = ReturnType<typeof readLogin> & { readonly address: string }

function readDelivery(body: Body): Delivery {
  const delivery = optionalText(body, 'delivery') ?? 'cookie'
  if (delivery === 'cookie' || delivery === 'body') return delivery
  throw invalid('delivery must be "cookie" or "body".')
}
