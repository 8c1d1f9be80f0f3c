import { randomUUID } from 'node:crypto'
import { Hono, type Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { ORDINARY_USER } from './ordinary-user.ts'

/** What an ordinary auth server does differently from others. */
export interface OrdinaryServerOptions {
  /** @default 'cookie' */
  readonly delivery?: 'cookie' | 'body'
  /** @default true */
  readonly rotates?: boolean
  /** For how many further sign-ins a spent token is accepted again. @default 0 */
  readonly forgivesFor?: number
  /** Words an answer. @default OAuth's */
  readonly say?: Say
  /** Words the refusal of a refresh. @default 401 invalid_grant */
  readonly refuse?: (c: Context) => Response
  /** Whose pages may use it, with credentials: an origin, or `*`. @default no others */
  readonly allows?: string
  /** What the cookie says besides HttpOnly and Path. @default { secure: true, sameSite: 'Strict' } */
  readonly cookie?: { readonly secure: boolean; readonly sameSite: 'Strict' | 'Lax' | 'None' }
}

/** Words an answer with an access token and, where it travels in bodies, a refresh token. */
export type Say = (accessToken: string, refreshToken: string | undefined) => object

interface Token {
  readonly session: { isOver: boolean }
  /** How many users had signed in when it was spent. */
  spentAt?: number
}

const COOKIE = 'refresh'

/** An auth server in memory, in one of the forms that are found. It knows no keys, numbers, or names of sessions. */
export function createOrdinaryServer(options: OrdinaryServerOptions = {}): Pick<Hono, 'fetch'> {
  const { delivery = 'cookie', rotates = true, forgivesFor = 0, say = inOauthWords } = options
  const { refuse = (c: Context) => c.json({ error: 'invalid_grant' }, 401) } = options
  const { allows, cookie = { secure: true, sameSite: 'Strict' } } = options
  const tokens = new Map<string, Token>()
  let signIns = 0

  function give(c: Context, refreshToken: string): Response {
    if (delivery === 'cookie')
      setCookie(c, COOKIE, refreshToken, { httpOnly: true, path: '/auth', ...cookie })
    c.header('cache-control', 'no-store')
    return c.json(say(randomUUID(), delivery === 'body' ? refreshToken : undefined))
  }

  function create(session: Token['session']): string {
    const token = randomUUID()
    tokens.set(token, { session })
    return token
  }

  async function shown(c: Context): Promise<string> {
    if (delivery === 'cookie') return getCookie(c, COOKIE) ?? ''
    const body: unknown = await c.req.json()
    return Object.values(body as object).find((value) => tokens.has(value as string)) as string
  }

  return new Hono()
    .basePath('/auth')
    .use(async (c, next) => {
      if (c.req.method !== 'OPTIONS') await next()
      if (allows === undefined || (allows !== '*' && c.req.header('origin') !== allows)) return
      c.header('access-control-allow-origin', allows)
      c.header('access-control-allow-credentials', 'true')
      c.header('access-control-allow-headers', 'Content-Type, Idempotency-Key, X-Requested-With')
      c.header('access-control-expose-headers', 'Retry-After')
      if (c.req.method === 'OPTIONS') return c.body(null, 204)
      return undefined
    })
    .post('/login', async (c) => {
      const given: unknown = await c.req.json()
      if (JSON.stringify(given) !== JSON.stringify(ORDINARY_USER))
        return c.json({ error: 'invalid_credentials' }, 401)
      signIns++
      return give(c, create({ isOver: false }))
    })
    .post('/refresh', async (c) => {
      const value = await shown(c)
      const token = tokens.get(value)
      if (!token || token.session.isOver) return refuse(c)
      if (!rotates) return give(c, value)
      if (token.spentAt !== undefined && signIns - token.spentAt >= forgivesFor) {
        token.session.isOver = true
        return refuse(c)
      }
      token.spentAt ??= signIns
      return give(c, create(token.session))
    })
    .post('/logout', async (c) => {
      const token = tokens.get(await shown(c))
      if (token) token.session.isOver = true
      return c.body(null, 204)
    })
}

function inOauthWords(accessToken: string, refreshToken: string | undefined): object {
  return { access_token: accessToken, expires_in: 600, refresh_token: refreshToken }
}
