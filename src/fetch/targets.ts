import type { Page } from '../ports.ts'

/** The absolute form of a URL that gets the token; `null` for one that does not. */
export type ResolveTarget = (url: string) => string | null

// Bounds to what is remembered: an application calls few URLs often, and a data: URL can be megabytes long.
const MOST_URLS = 200
const LONGEST_URL = 1_000

/**
 * The token goes to these origins, compared by scheme, host and port after parsing, and never to `endpoints`, which are
 * the transport's own, nor below them. What cannot be parsed gets none.
 */
export function createTargets(
  origins: readonly string[],
  endpoints: readonly string[],
  page: Pick<Page, 'base' | 'resolve'>,
): ResolveTarget {
  const allowed = new Set(origins)
  const excluded = endpoints.map((url) => `${page.resolve(url)}/`)
  const known = new Map<string, string | null>()
  let base: string | undefined

  function parse(url: string): string | null {
    try {
      const { origin, href, pathname } = new URL(page.resolve(url))
      const place = `${origin}${pathname}/`
      // A blob: URL has the origin of the page that made it.
      const isTarget =
        allowed.has(origin) &&
        href.startsWith('http') &&
        !excluded.some((endpoint) => place.startsWith(endpoint))
      return isTarget ? href : null
    } catch {
      return null
    }
  }

  return function resolveTarget(url) {
    const { base: now } = page
    // What a relative URL means changes with the page's `<base>`.
    if (now !== base) known.clear()
    base = now
    const seen = known.get(url)
    if (seen !== undefined) return seen
    const href = parse(url)
    if (known.size === MOST_URLS) known.clear()
    if (url.length <= LONGEST_URL) known.set(url, href)
    return href
  }
}
