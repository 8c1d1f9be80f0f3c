import type { Context, MiddlewareHandler } from 'hono'
import { Refusal } from './refusal.ts'

/**
 * Refuses requests that a page of another site may have caused.
 *
 * Cookies are `SameSite=Strict` already, but sibling subdomains are the same site. A page of another origin can neither
 * set `X-Requested-With` without a preflight that CORS denies, nor lie about its `Origin`.
 */
export function csrfGuard(allowedOrigins: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    if (!isWanted(c, allowedOrigins))
      throw new Refusal(
        403,
        'csrf_rejected',
        'Send the header X-Requested-With, from an allowed origin.',
      )
    await next()
  }
}

function isWanted(c: Context, allowedOrigins: readonly string[]): boolean {
  if (['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)) return true
  const origin = c.req.header('origin')
  if (origin !== undefined && ![new URL(c.req.url).origin, ...allowedOrigins].includes(origin))
    return false
  return c.req.header('x-requested-with') !== undefined
}
