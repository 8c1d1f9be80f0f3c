import type { Page } from '../ports.ts'

/**
 * Resolves the URLs of endpoints against the page as it is now: those that begin with a slash against its origin, others
 * against its base. A `<base>` that is injected later must not lead a refresh token elsewhere.
 */
export function endpointResolver({
  origin,
  base,
}: Pick<Page, 'origin' | 'base'>): (url: string) => string {
  return (url) => {
    try {
      // A page without an origin of its own has the origin 'null'.
      return new URL(url, /^\/(?!\/)/.test(url) && origin !== 'null' ? origin : base).href
    } catch {
      // Whatever uses it says what is wrong.
      return url
    }
  }
}
