import { SessionError } from '../errors.ts'
import type { Page } from '../ports.ts'

/**
 * What stands in for the page in a worker: never visible, and never left. Of relative URLs it knows only those that begin with a
 * slash, because its own base is that of its script.
 */
export const workerPage: Page = {
  isVisible: () => false,
  watch: () => () => undefined,
  get origin() {
    return self.origin
  },
  base: '',
  resolve(url) {
    try {
      return new URL(url, url.startsWith('/') ? self.origin : undefined).href
    } catch (cause) {
      throw new SessionError(
        'no_page',
        'A worker has no page to resolve a relative URL against: begin it with a slash or https',
        { cause },
      )
    }
  },
  cookie: () => undefined,
}
