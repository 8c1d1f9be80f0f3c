/** Tells which URLs get the token. */
export type IsTarget = (url: string) => boolean

/**
 * The token goes to these origins, compared by scheme, host and port after parsing, and never to `endpoints`, which are
 * the transport's own, nor below them. What cannot be parsed gets none. Nothing is remembered: what a relative URL
 * means changes with the page's `<base>`.
 */
export function createTargets(
  origins: readonly string[],
  endpoints: readonly string[],
  resolve: (url: string) => string,
): IsTarget {
  const allowed = new Set(origins)
  const excluded = endpoints.map((url) => `${resolve(url)}/`)

  return function isTarget(url) {
    try {
      const { origin, href, pathname } = new URL(resolve(url))
      const place = `${origin}${pathname}/`
      // A blob: URL has the origin of the page that made it.
      return (
        allowed.has(origin) &&
        href.startsWith('http') &&
        !excluded.some((endpoint) => place.startsWith(endpoint))
      )
    } catch {
      return false
    }
  }
}
