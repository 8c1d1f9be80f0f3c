import { describe, expect, test } from 'vitest'
import { until } from '../../support/patience.ts'
import { tellClientStories, type ClientRecipe } from '../client-stories.ts'
import { useRecipe } from '../open-recipe.ts'
import { serveConnect } from './connect-server.ts'
import type {} from './rpc-page.ts'

const recipe = { folder: import.meta.dirname, api: '/rpc', refusal: 'Unauthenticated' }
const byStatus = { ...recipe, routes: serveConnect('HTTP 401') }

tellRpcStories('Connect', { ...byStatus, page: 'connect.page.ts' })
tellRpcStories('gRPC-Web', { ...byStatus, page: 'grpc-web.page.ts' })
tellRpcStories('gRPC-Web, refused as by Envoy', {
  ...recipe,
  page: 'grpc-web.page.ts',
  routes: serveConnect('grpc-status 16'),
  refusedStatus: 200,
})

function tellRpcStories(name: string, recipe: ClientRecipe): void {
  const open = useRecipe(recipe)
  tellClientStories(name, recipe)

  describe(name, () => {
    test('a stream whose token the server refuses is opened once more, and fails with the code at the logout', async () => {
      const recipe = await open()
      const { page } = recipe.tab
      await recipe.signIn('alice')
      recipe.refuse()
      await page.evaluate(() => window.watch.start())
      await until('the stream has brought something', async () =>
        (await page.evaluate(() => window.watch.users)).includes('alice'),
      )
      expect(recipe.server.refreshes()).toBe(1)
      await recipe.logOut()
      await until('the stream has failed', () =>
        page.evaluate(() => window.watch.code !== undefined),
      )
      expect(await page.evaluate(() => window.watch.code)).toBe('session_ended')
    })
  })
}
