import { getConnInfo } from '@hono/node-server/conninfo'
import { Hono, type Context } from 'hono'
import type { AccessTokens } from './access-tokens.ts'
import type { Account, Accounts } from './accounts.ts'
import type { Attempts } from './attempts.ts'
import type { Families } from './families.ts'
import { readLoginLimits, type LoginLimits } from './family-limits.ts'
import { shortSid, type Log } from './log.ts'
import { clearRefreshCookies, setRefreshCookie, shownCookies } from './refresh-cookies.ts'
import { Refusal } from './refusal.ts'
import { invalid, optionalText, readBody, requiredText, type Body } from './request-body.ts'
import { tokenResponse, type Delivery } from './token-response.ts'

interface LoginDependencies {
  readonly limits: LoginLimits
  readonly accounts: Accounts
  readonly attempts: Attempts
  readonly families: Families
  readonly accessTokens: AccessTokens
  readonly log: Log
}

const SHORTEST_NEW_PASSWORD = 8

/** `POST /register` and `POST /login`: each begins a family and ends those it was shown, so that a browser has one. */
export function loginRoutes({
  limits,
  accounts,
  attempts,
  families,
  accessTokens,
  log,
}: LoginDependencies): Hono {
  const routes = new Hono()

  routes.post('/register', async (c) => {
    const wish = readLogin(c, await readBody(c), limits, SHORTEST_NEW_PASSWORD)
    await attempts.count({ address: wish.address })
    const account = await accounts.register(wish.username, wish.password)
    if (account === undefined)
      throw new Refusal(409, 'username_taken', 'This user name is already taken.')
    return begin(c, wish, account, 201)
  })

  routes.post('/login', async (c) => {
    const wish = readLogin(c, await readBody(c), limits)
    await attempts.count(wish)
    const account = await accounts.verify(wish.username, wish.password)
    if (account === undefined) {
      // Not the name: people type their password into that field.
      log({ event: 'login_refused', address: wish.address })
      throw new Refusal(401, 'invalid_credentials', 'The user name or the password is wrong.')
    }
    await attempts.forgive(wish)
    return begin(c, wish, account, 200)
  })

  return routes

  async function begin(c: Context, wish: LoginWish, account: Account, status: 200 | 201) {
    const { device, delivery, cookies, replaces, limits } = wish
    const grant = await families.open({ accountId: account.id, device, replaces, limits })
    log({ event: status === 201 ? 'registered' : 'logged_in', sid: shortSid(grant.sid), delivery })
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
    address: addressOf(c),
    cookies,
    replaces: [...cookies.map(({ token }) => token), ...(inBody === undefined ? [] : [inBody])],
  }
}

type LoginWish = ReturnType<typeof readLogin>

function readDelivery(body: Body): Delivery {
  const delivery = optionalText(body, 'delivery') ?? 'cookie'
  if (delivery === 'cookie' || delivery === 'body') return delivery
  throw invalid('delivery must be "cookie" or "body".')
}

/** The other end of the connection. Behind a proxy, that is the proxy: read the header it sets instead. */
function addressOf(c: Context): string {
  return getConnInfo(c).remote.address ?? 'unknown'
}
