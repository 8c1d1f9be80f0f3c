// What the page of a cache has beside the recipe: three queries on the screen, and a record of what the screen has shown.
import { sessionErrorOf } from '../../src/index.ts'

/** The interface of such a page for tests. */
export interface CachePage {
  /** Asks again for everything on the screen. */
  refetch(): void
  /** How often the client has called what fetches for it. */
  readonly attempts: number
  /** Every text that the screen has had, the newest last. */
  readonly screens: readonly string[]
}

declare global {
  interface Window {
    cache: CachePage
  }
}

/** The queries on the screen. Fewer than a browser has connections for, while the server holds their requests. */
export const NUMBERS = [1, 2, 3]

let attempts = 0
const screens: string[] = []
let refetch: () => unknown = () => undefined

window.cache = {
  refetch: () => void refetch(),
  get attempts() {
    return attempts
  },
  screens,
}

/** The element that the page renders into. */
export const main = document.querySelector('main') as HTMLElement

new MutationObserver(() => screens.push(main.innerText.replaceAll(/\s+/g, ' '))).observe(main, {
  subtree: true,
  childList: true,
  characterData: true,
})

/** Says how the page asks again for everything on the screen. */
export function onRefetch(how: () => unknown): void {
  refetch = how
}

/** Counts a call of what fetches for the client. */
export function counted<Result>(work: () => Result): Result {
  attempts++
  return work()
}

/** What a query shows: the user, why there is none, or that it is loading. `status` is that of an answer that is no success. */
export function shown(user: string | undefined, error: unknown, status?: number | string): string {
  return user ?? String(sessionErrorOf(error)?.code ?? status ?? (error ? 'error' : 'loading'))
}
