// The reference backend with the endpoints of other libraries. Every refresh goes to its own /auth/refresh, as a
// request without key, sid or number: the plain rotation (S1, S2, S7). The code here only renames fields.
import { randomUUID } from 'node:crypto'
import { Hono, type Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { decodeJwt } from 'jose'
import { addOrdinaryRoutes } from '../../support/ordinary-routes.ts'

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_in: number
}

const REFRESH_COOKIE = 'sRefreshToken'
const ACCESS_COOKIE = 'sAccessToken'
const REFRESH_PATH = '/shim/supertokens/session/refresh'

/** Adds `/shim/…` to the backend `app`. */
export function addShims(app: Hono): void {
  const send = async (c: Context, path: string, init: RequestInit): Promise<Response> =>
    app.fetch(new Request(new URL(path, c.req.url), init), c.env as object)

  const post = (c: Context, path: string, body: unknown): Promise<Response> =>
    send(c, path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-requested-with': 'shim' },
      body: JSON.stringify(body),
    })

  const refresh = (c: Context, token: string): Promise<Response> =>
    post(c, '/auth/refresh', { refresh_token: token })

  const register = (c: Context): Promise<Response> =>
    post(c, '/auth/register', {
      username: `user-${randomUUID()}`,
      password: randomUUID(),
      delivery: 'body',
    })

  addOrdinaryRoutes(app)
  app.route('/shim', oauth(refresh, register))
  app.route('/shim/gotrue', gotrue(refresh, register))
  app.route('/shim/supertokens', supertokens(refresh, register, send))
}

type Refresh = (c: Context, token: string) => Promise<Response>
type Register = (c: Context) => Promise<Response>
type Send = (c: Context, path: string, init: RequestInit) => Promise<Response>

/** OAuth 2.0 (RFC 6749), with an id_token: `/authorize` signs any user in, `/oauth/token` has three grants. */
function oauth(refresh: Refresh, register: Register): Hono {
  const nonces = new Map<string, string>()
  const routes = new Hono()

  routes.get('/authorize', (c) => {
    const { redirect_uri = '', state = '', nonce = '' } = c.req.query()
    const code = randomUUID()
    nonces.set(code, nonce)
    const target = new URL(redirect_uri)
    target.search = new URLSearchParams({ code, state }).toString()
    return c.redirect(target.href)
  })

  routes.post('/oauth/token', async (c) => {
    const form = Object.fromEntries(new URLSearchParams(await c.req.text()))
    const isRefresh = form['grant_type'] === 'refresh_token'
    const answer = isRefresh ? await refresh(c, form['refresh_token'] ?? '') : await register(c)
    if (answer.status === 401)
      return c.json({ error: 'invalid_grant', error_description: 'Invalid refresh token' }, 400)
    if (!answer.ok) return answer
    const tokens = (await answer.json()) as Tokens
    const issuer = new URL('/shim/', c.req.url).href
    return c.json({
      ...tokens,
      scope: form['scope'] ?? 'openid offline_access',
      id_token: idToken(issuer, tokens, nonces.get(form['code'] ?? '')),
    })
  })

  return routes
}

/** Unsigned: the libraries that read it rely on TLS instead, as OpenID Connect allows for the code flow (§3.1.3.7). */
function idToken(issuer: string, { access_token }: Tokens, nonce: string | undefined): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const { sub } = decodeJwt(access_token)
  const iat = Math.floor(Date.now() / 1000)
  const claims = { iss: issuer, aud: 'bench', sub, nonce, iat, exp: iat + 10 * 365 * 24 * 60 * 60 }
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${part('unsigned')}`
}

/** Supabase's GoTrue: `/token`, `/logout`. */
function gotrue(refresh: Refresh, register: Register): Hono {
  const routes = new Hono()
  routes.post('/token', async (c) => {
    const isRefresh = c.req.query('grant_type') === 'refresh_token'
    const { refresh_token = '' } = await c.req.json<{ readonly refresh_token?: string }>()
    const answer = isRefresh ? await refresh(c, refresh_token) : await register(c)
    if (answer.status === 401)
      return c.json(
        {
          code: 400,
          error_code: 'refresh_token_already_used',
          msg: 'Invalid Refresh Token: Already Used',
        },
        400,
      )
    if (!answer.ok) return answer
    const tokens = (await answer.json()) as Tokens
    const user = { id: decodeJwt(tokens.access_token).sub, aud: 'authenticated' }
    // No `expires_at`, so that auth-js counts from its own clock, which the bench has moved on.
    return c.json({ ...tokens, token_type: 'bearer', user })
  })
  routes.post('/logout', (c) => c.body(null, 204))
  return routes
}

/** The SuperTokens FDI with cookies: sign-in, refresh, sign-out, and an API whose access token is a cookie. */
function supertokens(refresh: Refresh, register: Register, send: Send): Hono {
  const routes = new Hono()

  async function grant(c: Context, answer: Response): Promise<Response> {
    if (answer.status === 401) clear(c)
    if (!answer.ok) return c.json({ message: 'unauthorised' }, answer.status as 401 | 503)
    const { access_token, refresh_token, expires_in } = (await answer.json()) as Tokens
    const options = { httpOnly: true, sameSite: 'Lax', maxAge: 24 * 60 * 60 } as const
    setCookie(c, ACCESS_COOKIE, access_token, { ...options, path: '/' })
    setCookie(c, REFRESH_COOKIE, refresh_token, { ...options, path: REFRESH_PATH })
    const front = { uid: decodeJwt(access_token).sub, ate: Date.now() + expires_in * 1000, up: {} }
    c.header('front-token', Buffer.from(JSON.stringify(front)).toString('base64'))
    return c.json({ status: 'OK' })
  }

  function clear(c: Context): void {
    deleteCookie(c, ACCESS_COOKIE, { path: '/' })
    deleteCookie(c, REFRESH_COOKIE, { path: REFRESH_PATH })
    c.header('front-token', 'remove')
  }

  routes.post('/signin', async (c) => grant(c, await register(c)))
  routes.post('/session/refresh', async (c) =>
    grant(c, await refresh(c, getCookie(c, REFRESH_COOKIE) ?? '')),
  )
  routes.post('/signout', (c) => {
    clear(c)
    return c.json({ status: 'OK' })
  })
  routes.get('/api/*', (c) => {
    const { pathname, search } = new URL(c.req.url)
    const token = getCookie(c, ACCESS_COOKIE) ?? ''
    return send(c, pathname.replace('/shim/supertokens', '') + search, {
      headers: { authorization: `Bearer ${token}` },
    })
  })
  return routes
}
