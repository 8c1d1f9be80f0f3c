import { expect, test } from 'vitest'
import { until } from '../../support/patience.ts'
import { tellClientStories } from '../client-stories.ts'
import { useRecipe, type OpenRecipe } from '../open-recipe.ts'
import { endStreams, serveTrpc } from './router.ts'
import type {} from './trpc-stream.page.ts'

const trpc = {
  folder: import.meta.dirname,
  api: '/trpc',
  routes: serveTrpc,
  // One batch.
  requestsOfFive: 1,
}
const streaming = { ...trpc, page: 'trpc-stream.page.ts' }

tellClientStories('tRPC in batches', { ...trpc, page: 'trpc.page.ts' })
tellClientStories('tRPC with streams', streaming)

const open = useRecipe(streaming)

test('a subscription of tRPC connects with a good token each time', async () => {
  const recipe = await open()
  await recipe.signIn('alice')
  recipe.refuse()
  await subscribe(recipe)
  await receives(recipe, ['alice'])
  expect(connections(recipe)).toEqual([
    { user: 'alice', status: 401 },
    { user: 'alice', status: 200 },
  ])

  await recipe.expire()
  endStreams()
  await receives(recipe, ['alice', 'alice'])
  expect(connections(recipe).slice(2)).toEqual([{ user: 'alice', status: 200 }])
  expect(recipe.server.refreshes()).toBe(2)
})

test('a subscription of tRPC ends with its session, and none goes on without a user', async () => {
  const recipe = await open()
  await recipe.signIn('alice')
  await subscribe(recipe)
  await receives(recipe, ['alice'])
  await recipe.logOut()
  await until('the subscription has stopped', () =>
    recipe.tab.page.evaluate(() => window.live.isStopped),
  )
  await recipe.signIn('bob')
  await subscribe(recipe)
  await receives(recipe, ['alice', 'bob'])
  expect(connections(recipe).map(({ user }) => user)).toEqual(['alice', 'bob'])
})

async function subscribe({ tab }: OpenRecipe): Promise<void> {
  await tab.page.evaluate(() => window.live.subscribe())
}

async function receives({ tab }: OpenRecipe, users: readonly string[]): Promise<void> {
  await until(`the subscription has brought ${users.join()}`, async () => {
    const received = await tab.page.evaluate(() => window.live.users)
    return received.join() === users.join()
  })
}

/** The requests for the subscription. */
function connections({ server }: OpenRecipe): readonly { user: string | null; status?: number }[] {
  return server.requests
    .filter(({ path }) => path === '/trpc/live')
    .map(({ user, status }) => ({ user, ...(status !== undefined && { status }) }))
}
