import '../page.ts'
import { read } from './reading'
import './register'

/** The interface of the page for tests. */
export interface OfflinePage {
  /** Reads who the user is. Resolves to the name, or to the name of the error. */
  whoAmI(): Promise<string>
  /** What the caches hold: their names, and the paths in each. */
  kept(): Promise<Readonly<Record<string, readonly string[]>>>
}

declare global {
  interface Window {
    offline: OfflinePage
  }
}

window.offline = {
  async whoAmI() {
    try {
      const { user } = (await (await read('/api/me')).json()) as { readonly user: string }
      return user
    } catch (error) {
      return (error as Error).name
    }
  },
  async kept() {
    const names = await caches.keys()
    const pathsIn = async (name: string): Promise<string[]> =>
      (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await pathsIn(name)] as const)),
    )
  },
}
