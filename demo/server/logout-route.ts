import { Hono, type Context } from 'hono'
import type { AccessTokens } from './access-tokens.ts'
import { bearerOf } from './bearer-guard.ts'
import type { Families } from './families.ts'
import { shortSid, type Log } from './log.ts'
import { clearRefreshCookies, shownCookies } from './refresh-cookies.ts'
import { Refusal } from './refusal.ts'
import { optionalFlag, optionalText, readBody } from './request-body.ts'

interface LogoutDependencies {
  readonly families: Families
  readonly accessTokens: Pick<AccessTokens, 'verify'>
  readonly log: Log
}

/**
 * `POST /logout` (L1). It may arrive long after its session, when the same browser has another one. So it names the
 * `sid` that it ends, and touches no cookie of another. A client without a refresh token shows its only token, as long
 * as that is valid.
 */
export function logoutRoute({ families, accessTokens, log }: LogoutDependencies): Hono {
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
      ofBearer: await singleTokenSession(c, sid),
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

  /** The session of the bearer token, if the client has no other token and it is the session to be ended. */
  async function singleTokenSession(c: Context, ofSid?: string): Promise<string | undefined> {
    const token = bearerOf(c)
    if (token === undefined) return undefined
    const claims = await accessTokens.verify(token)
    if ('refused' in claims || claims.use === undefined) return undefined
    return ofSid === undefined || ofSid === claims.sid ? claims.sid : undefined
  }
}
