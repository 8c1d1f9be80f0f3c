import { describe, expect, test } from 'vitest'
import { until } from '../support/patience.ts'
import { useRecipe, type OpenRecipe, type Recipe } from './open-recipe.ts'

/** A recipe for a cache. Its page renders three queries. */
export interface CacheRecipe extends Recipe {
  /** How the paths of its requests begin. @default '/api' */
  readonly api?: string
  /** Whether the page counts attempts, and the client makes several. @default false */
  readonly countsRetries?: boolean
}

const THREE_OF = (text: string): string => `${text} ${text} ${text}`

/** Tests what every cache has to do with a session. */
export function tellCacheStories(name: string, recipe: CacheRecipe): void {
  const { api = '/api', countsRetries = false } = recipe
  const open = useRecipe(recipe)
  const requests = ({ server }: OpenRecipe) =>
    server.requests.filter(({ path }) => path.startsWith(api))

  /** Opens the page with a user, whose name it shows three times. */
  async function openWith(user: 'alice'): Promise<OpenRecipe> {
    const recipe = await open()
    await shows(recipe, '401')
    await recipe.signIn(user)
    await refetch(recipe)
    await shows(recipe, user)
    return recipe
  }

  describe(name, () => {
    test('three queries with an expired token make one refresh, and none is refused', async () => {
      const recipe = await openWith('alice')
      const before = requests(recipe).length
      await recipe.expire()
      await refetch(recipe)
      await until('all are answered', () => answered(requests(recipe).slice(before)) === 3)
      expect(
        requests(recipe)
          .slice(before)
          .map(({ status }) => status),
      ).toEqual([200, 200, 200])
      expect(recipe.server.refreshes()).toBe(1)
      await shows(recipe, 'alice')
    })

    test('three queries whose token the server refuses make one refresh, and each is sent once more', async () => {
      const recipe = await openWith('alice')
      const before = requests(recipe).length
      recipe.refuse()
      await refetch(recipe)
      await until('all are answered', () => answered(requests(recipe).slice(before)) === 6)
      expect(recipe.server.refreshes()).toBe(1)
      await shows(recipe, 'alice')
    })

    test('while the auth server is down, the error has the code, and the query works when it is back', async () => {
      const recipe = await open()
      await shows(recipe, '401')
      await recipe.signIn('alice')
      await recipe.expire()
      recipe.server.answer('/auth/refresh', 503, { 'retry-after': '60' })
      const before = await attempts(recipe)
      await refetch(recipe)
      await shows(recipe, 'refresh_unavailable')
      if (countsRetries)
        await until('it was tried again', async () => (await attempts(recipe)) >= before + 6)
      recipe.server.answer('/auth/refresh', 200)
      await recipe.tab.page.evaluate(() => window.recipe.skip(60_000))
      await refetch(recipe)
      await shows(recipe, 'alice')
    })

    test('what is hopeless is not tried again', async () => {
      const recipe = await openWith('alice')
      await recipe.server.endSessions('alice')
      await recipe.expire()
      await refetch(recipe)
      await shows(recipe, '401')
      await recipe.signIn('bob')
      await refetch(recipe)
      await shows(recipe, 'bob')
      const anonymous = requests(recipe).filter(({ user }) => user === null)
      // As the page was opened, and when the session had ended.
      expect(anonymous).toHaveLength(6)
    })

    test('when another user has signed in, nothing of the first one stays on the screen', async () => {
      const recipe = await openWith('alice')
      const gate = recipe.server.hold(api)
      await recipe.signIn('bob')
      await showsNobody(recipe)
      gate.open()
      await shows(recipe, 'bob')
      expect(await screensAfter(recipe, 'loading')).not.toContain('alice')
    })

    test('nor what was in flight for the first one', async () => {
      const recipe = await openWith('alice')
      const gate = recipe.server.hold(api)
      await refetch(recipe)
      await gate.reached(3)
      await recipe.signIn('bob')
      await showsNobody(recipe)
      gate.open()
      await shows(recipe, 'bob')
      expect(await screensAfter(recipe, 'loading')).not.toContain('alice')
      const [last] = requests(recipe).slice(-1)
      expect(last).toMatchObject({ user: 'bob', status: 200 })
    })
  })
}

async function refetch({ tab }: OpenRecipe): Promise<void> {
  await tab.page.evaluate(() => window.cache.refetch())
}

function attempts({ tab }: OpenRecipe): Promise<number> {
  return tab.page.evaluate(() => window.cache.attempts)
}

function screen({ tab }: OpenRecipe): Promise<string> {
  return tab.page.evaluate(() => window.cache.screens.at(-1) ?? '')
}

/** Waits until each of the three queries shows this. */
async function shows(recipe: OpenRecipe, text: string): Promise<void> {
  let last = ''
  await until(
    () => `the screen shows ${text}; it shows ${last}`,
    async () => (last = await screen(recipe)) === THREE_OF(text),
  )
}

/** Waits until nothing of the first user is on the screen, while the server holds what the second one asks for. */
async function showsNobody(recipe: OpenRecipe): Promise<void> {
  await shows(recipe, 'loading')
}

/** What the screen has shown since it was last this thing alone, as one text. */
async function screensAfter({ tab }: OpenRecipe, text: string): Promise<string> {
  const screens = await tab.page.evaluate(() => window.cache.screens)
  const at = screens.lastIndexOf(THREE_OF(text))
  expect(at).toBeGreaterThan(-1)
  return screens.slice(at).join()
}

function answered(requests: readonly { readonly status?: number }[]): number {
  return requests.filter(({ status }) => status !== undefined).length
}
