import type { MiddlewareHandler } from 'hono'
import type { BearerEnv } from '../../server/http/bearer-guard.ts'
import { Refusal } from '../../server/http/refusal.ts'

const DESCRIPTION = 'A more recent sign-in is required.'

/**
 * Requires a sign-in that is at most so many seconds old, by the token's `auth_time`, and refuses older ones as RFC
 * 9470 §3 says. The session is not over: after the user has entered the password again, the next access token is
 * accepted.
 */
export function freshSignIn(maxAgeS: number): MiddlewareHandler<BearerEnv> {
  return async (c, next) => {
    const { auth_time = 0 } = c.var.claims
    if (Date.now() / 1000 - auth_time > maxAgeS)
      throw new Refusal(401, 'insufficient_user_authentication', DESCRIPTION, {
        'www-authenticate': `Bearer realm="latchkey", error="insufficient_user_authentication", error_description="${DESCRIPTION}", max_age="${maxAgeS}"`,
      })
    await next()
  }
}
