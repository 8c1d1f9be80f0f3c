import { Hono } from 'hono'
import type { Families } from './families.ts'
import { shortSid, type Log } from './log.ts'
import { clearRefreshCookies, shownCookies } from './refresh-cookies.ts'
import { Refusal } from './refusal.ts'
import { optionalFlag, optionalText, readBody } from './request-body.ts'

interface LogoutDependencies {
  readonly families: Families
  readonly log: Log
}

/**
 * `POST /logout` (L1). May arrive long after its session, when the same browser has another one: so it names the `sid`
 * it ends, and touches no cookie of another.
 */
export function logoutRoute({ families, log }: LogoutDependencies): Hono {
  const routes = new Hono()
  routes.post('/logout', async (c) => {
    const body = await readBody(c)
    const sid = optionalText(body, 'sid')
    const inBody = optionalText(body, 'refresh_token')
    const everywhere = optionalFlag(body, 'everywhere')
    const cookies = inBody === undefined ? shownCookies(c, sid) : []
    const closed = await families.close({
      tokens: inBody === undefined ? cookies.map(({ token }) => token) : [inBody],
      sid,
      everywhere,
    })
    log({
      event: 'logged_out',
      sid: shortSid(closed ?? sid),
      everywhere,
      known: closed !== undefined,
    })
    clearRefreshCookies(
      c,
      cookies.filter((cookie) => closed === undefined || cookie.sid === closed),
    )
    if (closed === undefined)
      throw new Refusal(401, 'invalid_grant', 'No refresh token of a known session was shown.')
    return c.body(null, 204)
  })
  return routes
}
