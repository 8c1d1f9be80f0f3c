import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { useRecipe, type OpenRecipe } from '../open-recipe.ts'
import { bytesOf } from './file.ts'

const SIZE = 1_000_000
const PATH = '/api/upload'
const REFRESH = '/auth/refresh'
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const received = { status: 201, text: `alice ${hashOf(bytesOf(SIZE))}` }

const open = useRecipe({
  folder: import.meta.dirname,
  page: 'upload.page.ts',
  routes({ app, userOf }) {
    app.post(PATH, async ({ req, text }) => {
      const user = await userOf(req.raw)
      // An upload that was cut off has nobody to answer to.
      const bytes = new Uint8Array(await req.arrayBuffer().catch(() => new ArrayBuffer(0)))
      return typeof user === 'string' ? text(`${user} ${hashOf(bytes)}`, 201) : user
    })
  },
})

test('an upload with an expired token waits for a new one, is sent once, and tells how far it has come', async () => {
  const recipe = await open()
  await recipe.signIn('alice')
  await recipe.expire()
  const { answer, shares } = await upload(recipe)
  expect(answer).toEqual(received)
  expect(statuses(recipe)).toEqual([201])
  expect(shares).toEqual([...shares].sort((one, other) => one - other))
  expect(shares.at(-1)).toBe(1)
})

test('an upload whose token is refused is sent once more, with a new one', async () => {
  const recipe = await open()
  await recipe.signIn('alice')
  recipe.refuse()
  expect(await upload(recipe)).toMatchObject({ answer: received })
  expect(statuses(recipe)).toEqual([401, 201])
  expect(recipe.server.refreshes()).toBe(1)
})

test('a logout ends an upload that is being sent', async () => {
  const recipe = await open()
  await recipe.signIn('alice')
  const gate = recipe.server.hold(PATH)
  const ended = upload(recipe)
  await gate.reached(1)
  await recipe.logOut()
  expect(await ended).toMatchObject({ error: 'Error: The session is over: logout' })
  expect(gate.arrived).toBe(1)
})

test('an upload that waits for its token while another user signs in is not sent', async () => {
  const recipe = await open()
  await recipe.signIn('alice')
  await recipe.expire()
  const gate = recipe.server.hold(REFRESH)
  const ended = upload(recipe)
  await gate.reached(1)
  await recipe.signIn('bob')
  gate.open()
  expect((await ended).error).toMatch(/session/)
  expect(statuses(recipe)).toEqual([])
})

test('an upload without a user is not sent', async () => {
  const recipe = await open()
  expect((await upload(recipe)).error).toMatch(/No user is signed in/)
  expect(statuses(recipe)).toEqual([])
})

function upload({ tab }: OpenRecipe): ReturnType<Window['uploads']['upload']> {
  return tab.page.evaluate((size) => window.uploads.upload(size), SIZE)
}

function statuses({ server }: OpenRecipe): readonly (number | undefined)[] {
  return server.requests.filter(({ path }) => path === PATH).map(({ status }) => status)
}
