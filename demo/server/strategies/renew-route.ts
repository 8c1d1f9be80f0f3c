import { Hono } from 'hono'
import type { AccessTokens } from '../access-tokens.ts'
import { bearerOf } from '../bearer-guard.ts'
import type { AddressOf } from '../client-address.ts'
import { shortSid, type Log } from '../log.ts'
import { Refusal } from '../refusal.ts'
import { optionalCount, readBody } from '../request-body.ts'
import { refusedBecause } from '../session-over.ts'
import { tokenResponse } from '../token-response.ts'
import type { SingleTokenSessions } from './single-token-sessions.ts'

interface RenewDependencies {
  readonly accessTokens: AccessTokens
  readonly singleTokenSessions: SingleTokenSessions
  readonly addressOf: AddressOf
  readonly log: Log
}

/**
 * `POST /renew`: the one token of a session, shown as a bearer token, for the next one. The client asks ahead of time,
 * when it is opened and every hour, so a token of a week lasts for as long as somebody comes by once a week, within the
 * limit of the session.
 *
 * An expired token is refused, without any leeway: the moment at which it expires is the only one at which a stolen
 * token stops being good for ever. Nothing is spent by asking, so a request may be repeated.
 */
export function renewRoute({
  accessTokens,
  singleTokenSessions,
  addressOf,
  log,
}: RenewDependencies): Hono {
  const routes = new Hono()
  routes.post('/renew', async (c) => {
    const idleMs = optionalCount(await readBody(c), 'idle_ms')
    const claims = await accessTokens.verify(bearerOf(c) ?? '')
    // Of another kind: good at the API, and for nothing here.
    if ('refused' in claims || claims.use !== 'renew')
      throw new Refusal(401, 'invalid_grant', 'No token was shown that can be renewed.')
    const life = await singleTokenSessions.goOn(claims.sid, 'renew', {
      idleMs,
      address: addressOf(c),
    })
    log({
      event: 'renewed',
      sid: shortSid(claims.sid),
      refused: 'over' in life ? life.over : null,
    })
    if ('over' in life) throw refusedBecause(life.over)
    return tokenResponse(c, accessTokens, life)
  })
  return routes
}
