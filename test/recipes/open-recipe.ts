import { beforeAll, onTestFinished } from 'vitest'
import { useBrowser } from '../browser/engines/browser.ts'
import type { Tab } from '../browser/engines/tab.ts'
import { bundleRecipe, type BundleOptions } from './bundle-recipe.ts'
import type { User } from './page.ts'
import { startServer, TOKEN_MS, type RecipeServer, type ServerOptions } from './server.ts'

/** A recipe, and what it needs. */
export interface Recipe extends BundleOptions, Pick<ServerOptions, 'routes'> {
  /** The folder of the test, whose name is that of the page of the documentation. */
  readonly folder: string
  /** The file in it that uses the recipe. */
  readonly page: string
}

/** A recipe that runs: its server and a tab with its page. */
export interface OpenRecipe {
  readonly server: RecipeServer
  readonly tab: Tab
  /** Opens another tab of the same browser. */
  openTab(): Promise<Tab>
  signIn(user: User): Promise<void>
  logOut(): Promise<void>
  /** The access token expires, for the server and for the page. */
  expire(): Promise<void>
  /** The server refuses the access token, of which the page does not know that it has expired. */
  refuse(): void
}

/** Bundles a recipe once for a file of tests. Returns what opens it for the running test. */
export function useRecipe({ folder, page, alias, routes }: Recipe): () => Promise<OpenRecipe> {
  const newContext = useBrowser()
  let script = ''
  beforeAll(async () => {
    script = await bundleRecipe(folder, page, alias && { alias })
  })
  return async () => {
    const server = await startServer({ script, routes }, onTestFinished)
    const context = await newContext()
    const openTab = async (): Promise<Tab> => {
      const tab = await context.open(server.url)
      await tab.page.evaluate(() => window.recipe.ready)
      return tab
    }
    const tab = await openTab()
    return {
      server,
      tab,
      openTab,
      signIn: (user) => tab.page.evaluate((user) => window.recipe.signIn(user), user),
      logOut: () => tab.page.evaluate(() => window.recipe.logOut()),
      async expire() {
        server.pass(TOKEN_MS)
        await tab.page.evaluate((ms) => window.recipe.skip(ms), TOKEN_MS)
      },
      refuse: () => server.pass(TOKEN_MS),
    }
  }
}
