import type { MiddlewareHandler } from 'hono'
import type { BearerEnv } from './bearer-guard.ts'
import { Refusal } from './refusal.ts'

const DESCRIPTION = 'A more recent sign-in is required.'

/**
 * Wants a sign-in that is not older than so many seconds, by the token's `auth_time`, and says so in the words of RFC 9470
 * §3. The session is not over: once its user has shown the password again, the next access token will do.
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
