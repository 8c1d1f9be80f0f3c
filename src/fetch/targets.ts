/** Tells which URLs get the token. */
export type IsTarget = (url: string) => boolean

// Enough for the URLs of a page that builds them from ids; forgotten all at once, so that nothing has to be counted out.
const REMEMBERED = 500

/**
 * The token goes to these origins, compared by scheme, host and port after parsing, and never to `endpoints`, which are
 * the transport's own, nor below them, unless that is a whole host. What cannot be parsed gets none.
 */
export function createTargets(
  origins: readonly string[],
  endpoints: readonly string[],
  resolve: (url: string) => string,
): IsTarget {
  const allowed = new Set(origins)
  const excluded = endpoints.map((url) => resolve(url).replace(/\/*$/, ''))
  const known = new Map<string, boolean>()

  function judge(url: string): boolean {
    try {
      const { origin, href, pathname } = new URL(resolve(url))
      const place = origin + pathname
      // Below the root of a host lies everything, an API of the same host too.
      const isEndpoint = excluded.some(
        (endpoint) =>
          place === endpoint || (endpoint !== origin && place.startsWith(`${endpoint}/`)),
      )
      // A blob: URL has the origin of the page that made it.
      return allowed.has(origin) && href.startsWith('http') && !isEndpoint
    } catch {
      return false
    }
  }

  return function isTarget(url) {
    const before = known.get(url)
    if (before !== undefined) return before
    if (known.size >= REMEMBERED) known.clear()
    const now = judge(url)
    known.set(url, now)
    return now
  }
}
