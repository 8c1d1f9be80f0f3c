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
 * `POST /renew`: exchanges the only token of a session, shown as a bearer token, for the next one. The client renews
 * ahead of time, when a page is opened and every hour. So a token of a week lasts as long as the user comes back once a
 * week, within the limit of the session.
 *
 * An expired token is refused without any leeway: a stolen token must stop working for good at some moment, and its
 * expiry is the only one there is. Nothing is spent, so a request may be repeated.
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
    // A token of another mode is valid at the API, and nowhere here.
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
