/**
 * Whether pages of `origin` are certainly of another site than `url`, so that browsers send them no cookies but
 * `SameSite=None` ones. Hosts with the same last two labels count as one site, though below `co.uk` they need not be.
 */
export function isOtherSite(origin: string | undefined, url: string): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false
  const [page, server] = [origin, url].map((text) => `.${new URL(text).hostname}`)
  if (page === undefined || server === undefined) return false
  const isWithin = page.endsWith(server) || server.endsWith(page)
  return !isWithin && lastTwo(page) !== lastTwo(server)
}

function lastTwo(hostname: string): string {
  return hostname.split('.').slice(-2).join('.')
}
