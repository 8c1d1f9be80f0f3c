import { describe, expect, test } from 'vitest'
import { until } from '../support/patience.ts'
import { useRecipe, type OpenRecipe, type Recipe } from './open-recipe.ts'
import type { Outcome } from './page.ts'

/** A recipe for a client that takes a `fetch`. Its page calls `exposeClient`. */
export interface ClientRecipe extends Recipe {
  /** How the paths of its requests begin. @default '/api' */
  readonly api?: string
  /** How many requests it makes of five calls at once. @default 5 */
  readonly requestsOfFive?: number
  /** What the client's error says of a refused token. @default 401 */
  readonly refusal?: number | string
  /** The status of the answer that refuses a token. @default 401 */
  readonly refusedStatus?: number
}

/** Tests what every client has to do with a session. */
export function tellClientStories(name: string, recipe: ClientRecipe): void {
  const { api = '/api', requestsOfFive = 5, refusal = 401, refusedStatus = 401 } = recipe
  const open = useRecipe(recipe)
  const answers = ({ server }: OpenRecipe): readonly (number | undefined)[] =>
    server.requests.filter(({ path }) => path.startsWith(api)).map(({ status }) => status)

  describe(name, () => {
    test('five calls with an expired token make one refresh, and none is refused', async () => {
      const recipe = await open()
      await recipe.signIn('alice')
      await recipe.expire()
      expect(await read(recipe, 5)).toEqual(fiveOf('alice'))
      expect(recipe.server.refreshes()).toBe(1)
      expect(answers(recipe)).toEqual(Array(requestsOfFive).fill(200))
    })

    test('five calls whose token the server refuses make one refresh, and each is sent once more', async () => {
      const recipe = await open()
      await recipe.signIn('alice')
      recipe.refuse()
      const refresh = recipe.server.hold('/auth/refresh')
      const outcomes = read(recipe, 5)
      await until(
        'all requests are refused',
        () =>
          answers(recipe).filter((status) => status === refusedStatus).length === requestsOfFive,
      )
      await refresh.reached(1)
      refresh.open()
      expect(await outcomes).toEqual(fiveOf('alice'))
      expect(recipe.server.refreshes()).toBe(1)
      expect(answers(recipe)).toHaveLength(2 * requestsOfFive)
    })

    test('a call with a body is sent again with its body', async () => {
      const recipe = await open()
      await recipe.signIn('alice')
      recipe.refuse()
      expect(await send(recipe, 'Buy milk')).toEqual({ value: { user: 'alice', text: 'Buy milk' } })
      expect(answers(recipe)).toHaveLength(2)
      expect(recipe.server.refreshes()).toBe(1)
    })

    test('a call after the logout is sent once, without a token, and fails with the answer of the server', async () => {
      const recipe = await open()
      await recipe.signIn('alice')
      await recipe.logOut()
      const [outcome] = await read(recipe, 1)
      expect(outcome).toMatchObject({ refusal })
      expect(outcome?.code).toBeUndefined()
      const sent = recipe.server.requests.filter(({ path }) => path.startsWith(api))
      expect(sent.map(({ user }) => user)).toEqual([null])
      expect(recipe.server.refreshes()).toBe(0)
    })

    test('a call in flight at the logout rejects, and its error has the code', async () => {
      const recipe = await open()
      await recipe.signIn('alice')
      const gate = recipe.server.hold(api)
      const outcomes = read(recipe, 1)
      await gate.reached(1)
      await recipe.logOut()
      expect(await outcomes).toMatchObject([{ code: 'session_ended' }])
      gate.open()
      expect(gate.arrived).toBe(1)
    })

    test('a call that finds the session ended rejects, and its error has the code', async () => {
      const recipe = await open()
      await recipe.signIn('alice')
      await recipe.server.endSessions('alice')
      await recipe.expire()
      expect(await read(recipe, 1)).toMatchObject([{ code: 'session_ended' }])
      expect(answers(recipe)).toEqual([])
    })
  })
}

function read({ tab }: OpenRecipe, count: number): Promise<Outcome[]> {
  return tab.page.evaluate((count) => window.client.read(count), count)
}

function send({ tab }: OpenRecipe, text: string): Promise<Outcome> {
  return tab.page.evaluate((text) => window.client.send(text), text)
}

function fiveOf(user: string): readonly Outcome[] {
  return Array.from({ length: 5 }, () => ({ value: user }))
}
