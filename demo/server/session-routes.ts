import { Hono } from 'hono'
import type { AccessTokens } from './access-tokens.ts'
import type { AccountSessions } from './account-sessions.ts'
import { bearerGuard, type BearerEnv } from './bearer-guard.ts'
import { shortSid, type Log } from './log.ts'
import { Refusal } from './refusal.ts'

interface SessionDependencies {
  readonly accountSessions: AccountSessions
  readonly accessTokens: AccessTokens
  readonly log: Log
}

/**
 * `GET /sessions`, `DELETE /sessions/:sid` for one, and `DELETE /sessions` for all others. They need the access token,
 * not the cookie: another site cannot make a browser send it, it exists in both modes, and it says which session is the
 * caller's own.
 */
export function sessionRoutes({
  accountSessions,
  accessTokens,
  log,
}: SessionDependencies): Hono<BearerEnv> {
  const routes = new Hono<BearerEnv>()
  routes.use('/sessions/*', bearerGuard(accessTokens))

  routes.get('/sessions', async (c) => {
    const { claims } = c.var
    const sessions = await accountSessions.list(claims)
    if (sessions.length === 0)
      throw new Refusal(401, 'session_revoked', 'This session has ended.', {
        'www-authenticate': 'Bearer realm="latchkey", error="invalid_token"',
      })
    return c.json({
      sessions: sessions.map((session) => ({ ...session, current: session.sid === claims.sid })),
    })
  })

  routes.delete('/sessions/:sid', async (c) => {
    const sid = c.req.param('sid')
    if (!(await accountSessions.close(c.var.claims, sid)))
      throw new Refusal(404, 'not_found', 'There is no such session.')
    log({ event: 'ended_by_owner', sid: shortSid(sid), by: shortSid(c.var.claims.sid) })
    return c.body(null, 204)
  })

  routes.delete('/sessions', async (c) => {
    const ended = await accountSessions.closeOthers(c.var.claims)
    log({ event: 'others_ended_by_owner', ended, by: shortSid(c.var.claims.sid) })
    return c.json({ ended })
  })

  return routes
}
