import type { Page } from '../../ports.ts'

// An application that sends to that many is not looking for the one that is missing.
const MOST_ORIGINS = 100

/** How many requests went to each origin. */
export type UnlistedOrigins = Readonly<Record<string, number>>

/** Counts requests that carry no token because of where they go. */
export interface UnlistedCount {
  /** The same targets, with those of other origins counted. */
  readonly watch: (resolveTarget: (url: string) => string | null) => (url: string) => string | null
  /** A copy. */
  counts(): UnlistedOrigins
}

/** Starts to count. `listed` are the origins that get the token. */
export function countUnlisted(
  page: Pick<Page, 'resolve'>,
  listed: readonly string[],
): UnlistedCount {
  const counts = new Map<string, number>()

  function count(url: string): void {
    const origin = originOf(page, url)
    if (origin === null || listed.includes(origin)) return
    if (counts.has(origin) || counts.size < MOST_ORIGINS)
      counts.set(origin, (counts.get(origin) ?? 0) + 1)
  }

  return {
    watch: (resolveTarget) => (url) => {
      const href = resolveTarget(url)
      if (href === null) count(url)
      return href
    },
    counts: () => Object.fromEntries(counts),
  }
}

/** The origin of a URL that is sent over the network; `null` for any other. */
function originOf(page: Pick<Page, 'resolve'>, url: string): string | null {
  try {
    const { protocol, origin } = new URL(page.resolve(url))
    return /^https?:/.test(protocol) ? origin : null
  } catch {
    return null
  }
}
