import { isIP } from 'node:net'
import type { MiddlewareHandler } from 'hono'
import type { Config } from '../../config.ts'
import { Refusal } from '../../server/http/refusal.ts'

/**
 * Refuses requests for a host that is not the server's own, with 421 (RFC 9110 §15.5.20). A page at `evil.example` can
 * have that name resolve to this machine (DNS rebinding). The browser then takes this server for the page's own, sends
 * it what it likes, and shows it the answers.
 *
 * IP addresses and `localhost` (RFC 6761 §6.3) are always accepted, because no name has to be resolved for them by a
 * server that an attacker owns. If proxies are trusted and no hosts are listed, any host is accepted: the proxy knows
 * which ones it serves.
 */
export function knownHosts({
  allowedHosts,
  trustedProxies,
}: Pick<Config, 'allowedHosts' | 'trustedProxies'>): MiddlewareHandler {
  const anyHost = allowedHosts.length === 0 && trustedProxies.length > 0
  return async (c, next) => {
    const { hostname } = new URL(c.req.url)
    if (!anyHost && !isOwnName(hostname) && !allowedHosts.includes(hostname))
      throw new Refusal(421, 'unknown_host', 'ALLOWED_HOSTS does not list the host of this URL.')
    await next()
  }
}

function isOwnName(hostname: string): boolean {
  const isAddress = isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0
  return isAddress || hostname === 'localhost' || hostname.endsWith('.localhost')
}
