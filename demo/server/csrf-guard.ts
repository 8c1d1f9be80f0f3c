import type { Context, MiddlewareHandler } from 'hono'
import { Refusal } from './refusal.ts'
import { readBody } from './request-body.ts'

/**
 * Refuses requests that another site's page could have caused a browser to send.
 *
 * Cookies are `SameSite=Strict` already; this holds where that does not: sibling subdomains are the same site. A page
 * elsewhere can neither set `X-Requested-With` without a preflight that CORS denies, nor lie about its `Origin`.
 */
export function csrfGuard(allowedOrigins: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    if (!(await isWanted(c, allowedOrigins)))
      throw new Refusal(
        403,
        'csrf_rejected',
        'Send the header X-Requested-With, from an allowed origin.',
      )
    await next()
  }
}

async function isWanted(c: Context, allowedOrigins: readonly string[]): Promise<boolean> {
  if (['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)) return true
  const origin = c.req.header('origin')
  if (origin !== undefined && ![new URL(c.req.url).origin, ...allowedOrigins].includes(origin))
    return false
  if (c.req.header('x-requested-with') !== undefined) return true
  // A plain client, not a browser: all it says is in the body, so there is nothing that a forger could borrow.
  const isPlain = origin === undefined && c.req.header('cookie') === undefined
  return isPlain && 'refresh_token' in (await readBody(c))
}
