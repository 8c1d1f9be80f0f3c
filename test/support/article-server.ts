import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'

interface Token {
  readonly family: { alive: boolean }
  spent: boolean
}

const COOKIE = 'refresh_token'

/** A user of it. */
export const ARTICLE_USER = { username: 'alice', password: 'correct horse battery staple' }

/**
 * The auth server that most articles on refresh tokens lead to: one cookie, rotation, and reuse detection that ends the
 * family. It is correct as far as it goes, but knows no keys, numbers, or names of sessions.
 */
export function createArticleServer(): Pick<Hono, 'fetch'> {
  const tokens = new Map<string, Token>()

  function grant(c: Context, family: Token['family']): Response {
    const token = randomUUID()
    tokens.set(token, { family, spent: false })
    setCookie(c, COOKIE, token, {
      httpOnly: true,
      secure: true,
      sameSite: 'Strict',
      path: '/auth',
      maxAge: 7 * 24 * 60 * 60,
    })
    c.header('cache-control', 'no-store')
    return c.json({ access_token: randomUUID(), token_type: 'Bearer', expires_in: 600 })
  }

  function refuse(c: Context): Response {
    setCookie(c, COOKIE, '', { path: '/auth', maxAge: 0 })
    return c.json({ error: 'invalid_grant' }, 401)
  }

  const auth = new Hono()
    .post('/login', async (c) => {
      const given: unknown = await c.req.json()
      if (JSON.stringify(given) === JSON.stringify(ARTICLE_USER)) return grant(c, { alive: true })
      return c.json({ error: 'invalid_credentials' }, 401)
    })
    .post('/refresh', (c) => {
      const token = tokens.get(getCookie(c, COOKIE) ?? '')
      if (!token?.family.alive) return refuse(c)
      if (token.spent) {
        token.family.alive = false
        return refuse(c)
      }
      token.spent = true
      return grant(c, token.family)
    })
    .post('/logout', (c) => {
      const token = tokens.get(getCookie(c, COOKIE) ?? '')
      if (token) token.family.alive = false
      setCookie(c, COOKIE, '', { path: '/auth', maxAge: 0 })
      return c.body(null, 204)
    })
  return new Hono().route('/auth', auth)
}

/** Serves an application on a free port of this machine. */
export async function serve(
  app: Pick<Hono, 'fetch'>,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
