import { randomUUID } from 'node:crypto'
import type { Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'

const ORDINARY = '/ordinary'

const COOKIE = 'refresh_token'

/**
 * Adds to a backend an auth server as most teams have it: the access token in the body, one HttpOnly cookie that rotates,
 * and reuse detected. It knows no key, number or session id. Every refresh goes to the backend's own `/auth/refresh`,
 * without what an ordinary client would not send.
 */
export function addOrdinaryRoutes(app: Hono): void {
  const post = async (c: Context, path: string, body: unknown): Promise<Response> =>
    app.fetch(
      new Request(new URL(path, c.req.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-requested-with': 'ordinary' },
        body: JSON.stringify(body),
      }),
      c.env as object,
    )

  async function grant(c: Context, answer: Response): Promise<Response> {
    if (answer.status === 401) return c.json({ message: 'Unauthorized' }, 401)
    if (!answer.ok) return answer
    const { access_token, refresh_token, expires_in } = (await answer.json()) as {
      readonly access_token: string
      readonly refresh_token: string
      readonly expires_in: number
    }
    setCookie(c, COOKIE, refresh_token, {
      ...{ httpOnly: true, sameSite: 'Strict', path: ORDINARY, maxAge: 24 * 60 * 60 },
    })
    return c.json({ accessToken: access_token, expiresIn: expires_in })
  }

  app.post(`${ORDINARY}/register`, async (c) =>
    grant(
      c,
      await post(c, '/auth/register', {
        username: `user-${randomUUID()}`,
        password: randomUUID(),
        delivery: 'body',
      }),
    ),
  )
  app.post(`${ORDINARY}/refresh`, async (c) =>
    grant(c, await post(c, '/auth/refresh', { refresh_token: getCookie(c, COOKIE) ?? '' })),
  )
  app.post(`${ORDINARY}/logout`, async (c) => {
    await post(c, '/auth/logout', { refresh_token: getCookie(c, COOKIE) ?? '' })
    setCookie(c, COOKIE, '', { path: ORDINARY, maxAge: 0 })
    return c.body(null, 204)
  })
}
