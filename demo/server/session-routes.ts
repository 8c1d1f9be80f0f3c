import { Hono } from 'hono'
import type { Verify } from './access-tokens.ts'
import { bearerGuard, type BearerEnv } from './http/bearer-guard.ts'
import type { Extension } from './extension.ts'
import { shortSid, type Log } from './log.ts'
import { Refusal } from './http/refusal.ts'
import type { Session, Sessions } from './sessions.ts'

interface SessionDependencies {
  readonly sessions: Sessions
  readonly verify: Verify
  readonly extensions: readonly Pick<Extension, 'describe'>[]
  readonly log: Log
}

/**
 * `GET /sessions`, `DELETE /sessions/:sid` for one, and `DELETE /sessions` for all others: so that a user can sign out a
 * device that was lost. They need the access token, not the cookie: another site cannot make a browser send it, it exists
 * in both modes, and it says which session is the caller's own. If that one is over, its access token may still be good,
 * but must neither show nor end the others.
 */
export function sessionRoutes({
  sessions,
  verify,
  extensions,
  log,
}: SessionDependencies): Hono<BearerEnv> {
  const routes = new Hono<BearerEnv>()
  routes.use('/sessions/*', bearerGuard(verify))

  routes.get('/sessions', async (c) => {
    const { claims } = c.var
    const listed = await listFor(claims)
    if (listed.length === 0)
      throw new Refusal(401, 'session_revoked', 'This session has ended.', {
        'www-authenticate': 'Bearer realm="latchkey", error="invalid_token"',
      })
    return c.json({
      sessions: listed.map((session) => ({
        sid: session.sid,
        device: session.data.device ?? null,
        created_at: new Date(session.startedAt),
        // When it last renewed its token; the real last use may be up to one access token lifetime later.
        last_seen_at: new Date(session.seenAt),
        ...Object.fromEntries(
          extensions.flatMap(({ describe }) => Object.entries(describe?.(session) ?? {})),
        ),
        current: session.sid === claims.sid,
      })),
    })
  })

  routes.delete('/sessions/:sid', async (c) => {
    const sid = c.req.param('sid')
    const isOwn = (await listFor(c.var.claims)).some((session) => session.sid === sid)
    if (!isOwn || !(await sessions.end(sid, 'ended_by_owner')))
      throw new Refusal(404, 'not_found', 'There is no such session.')
    log({ event: 'ended_by_owner', sid: shortSid(sid), by: shortSid(c.var.claims.sid) })
    return c.body(null, 204)
  })

  routes.delete('/sessions', async (c) => {
    const { sub, sid } = c.var.claims
    const isAlive = (await listFor(c.var.claims)).length > 0
    const reason = 'ended_by_owner'
    const ended = isAlive ? await sessions.endAll(sub, { except: sid, reason }) : 0
    log({ event: 'others_ended_by_owner', ended, by: shortSid(sid) })
    return c.json({ ended })
  })

  return routes

  /** The live sessions of a user, the newest first; none if the caller's own session is over. */
  async function listFor({ sub, sid }: BearerEnv['Variables']['claims']): Promise<Session[]> {
    const listed = await sessions.list(sub)
    return listed.some((session) => session.sid === sid) ? listed : []
  }
}
