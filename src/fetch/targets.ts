import type { Page } from '../ports.ts'

/** The absolute form of a URL that gets the token; `null` for one that does not. */
export type ResolveTarget = (url: string) => string | null

// Bounds of the cache: an application calls few URLs often, and a data: URL can be megabytes long.
const MOST_URLS = 200
const LONGEST_URL = 1_000

// Independent of the page. Anything else may be relative, `https:notes` included.
const ABSOLUTE = /^https?:\/\//i

interface Target {
  readonly href: string | null
  /** The page's base that this is relative to; `null` for an absolute URL. */
  readonly base: string | null
}

/**
 * The token goes to these origins, compared by scheme, host and port after parsing. It never goes to `endpoints`, which
 * are the transport's, nor below them, nor to a URL that cannot be parsed.
 */
export function createTargets(
  origins: readonly string[],
  endpoints: readonly string[],
  page: Pick<Page, 'base' | 'resolve'>,
  resolveEndpoint: (url: string) => string,
): ResolveTarget {
  const allowed = new Set(origins)
  const known = new Map<string, Target>()
  let knownBeside = endpoints.length

  function parse(url: string): string | null {
    try {
      const { origin, href, pathname } = new URL(page.resolve(url))
      const place = `${origin}${pathname}/`
      // A blob: URL has the origin of the page that made it.
      const isTarget =
        allowed.has(origin) &&
        href.startsWith('http') &&
        !endpoints.some((endpoint) => place.startsWith(`${resolveEndpoint(endpoint)}/`))
      return isTarget ? href : null
    } catch {
      return null
    }
  }

  return function resolveTarget(url) {
    // Discovery has added endpoints: a cached target may be one of them.
    if (endpoints.length !== knownBeside) {
      knownBeside = endpoints.length
      known.clear()
    }
    const seen = known.get(url)
    // A relative URL resolves differently when the page's `<base>` changes.
    if (seen && (seen.base === null || seen.base === page.base)) return seen.href
    const href = parse(url)
    if (known.size === MOST_URLS) known.clear()
    const base = ABSOLUTE.test(url) ? null : page.base
    if (url.length <= LONGEST_URL) known.set(url, { href, base })
    return href
  }
}
