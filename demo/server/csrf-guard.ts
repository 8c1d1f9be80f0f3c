import type { Context, MiddlewareHandler } from 'hono'
import { Refusal } from './refusal.ts'
import { readBody } from './request-body.ts'

/**
 * Refuses requests that a page of another site may have caused.
 *
 * Cookies are `SameSite=Strict` already, but sibling subdomains are the same site. A page of another origin can neither
 * set `X-Requested-With` without a preflight that CORS denies, nor lie about its `Origin`.
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
  if (origin !== undefined && !allowedOrigins.includes(origin) && !isOwn(c, origin)) return false
  if (c.req.header('x-requested-with') !== undefined) return true
  // A client that is not a browser: its token is in the body, so a forged request has no cookie to borrow.
  const isPlain = origin === undefined && c.req.header('cookie') === undefined
  return isPlain && 'refresh_token' in (await readBody(c))
}

/**
 * Whether a page of this origin is the server's own. The browser itself says so in `Sec-Fetch-Site` (Fetch Metadata
 * §2.4), which no page can set: it compares the origins that it sees, so a proxy that ends TLS or renames the host needs
 * no setting for it. A page that was led here under a name of its own is refused before (see known-hosts.ts).
 *
 * Older browsers (Safari before 16.4) do not send that header, nor does any browser to plain HTTP, except on this
 * machine. There the origin must have the host of the request. Its scheme may be `https` where the server sees `http`,
 * because a proxy may have ended TLS.
 */
function isOwn(c: Context, origin: string): boolean {
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin'
  const { protocol, host } = new URL(c.req.url)
  return [`${protocol}//${host}`, `https://${host}`].includes(origin)
}
