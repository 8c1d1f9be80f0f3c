import type { Context, MiddlewareHandler } from 'hono'
import type { AccessClaims, Verify } from '../access-tokens.ts'
import { Refusal } from './refusal.ts'

export interface BearerEnv {
  readonly Variables: { readonly claims: AccessClaims }
}

/**
 * Lets requests with a valid access token through, by its signature alone and without a database query. Refuses others
 * with the challenge of RFC 6750 §3, which names no error if no token was sent.
 */
export function bearerGuard(verify: Verify): MiddlewareHandler<BearerEnv> {
  return async (c, next) => {
    const token = bearerOf(c)
    if (token === undefined)
      throw new Refusal(401, 'unauthorized', 'An access token is required.', {
        'www-authenticate': 'Bearer realm="latchkey"',
      })
    const claims = await verify(token)
    if ('refused' in claims)
      throw new Refusal(
        401,
        'invalid_token',
        claims.refused,
        {
          'www-authenticate': `Bearer realm="latchkey", error="invalid_token", error_description="${claims.refused}"`,
        },
        claims.code === undefined ? {} : { code: claims.code },
      )
    c.set('claims', claims)
    await next()
  }
}

/** The bearer token of a request (RFC 6750 §2.1), if it carries one. */
export function bearerOf(c: Context): string | undefined {
  return /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
}
