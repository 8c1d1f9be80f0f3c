import { expect, test } from 'vitest'
import { until } from '../../support/patience.ts'
import { tellCacheStories } from '../cache-stories.ts'
import { useRecipe } from '../open-recipe.ts'
import type {} from './tanstack-query.page.tsx'

const recipe = { folder: import.meta.dirname, page: 'tanstack-query.page.tsx' }

tellCacheStories('TanStack Query', { ...recipe, countsRetries: true })

const open = useRecipe(recipe)

test('a mutation of TanStack Query that waits for the network is not sent under the name of the next user', async () => {
  const { server, tab, signIn } = await open()
  const write = (text: string): Promise<void> =>
    tab.page.evaluate((text) => window.mutations.write(text), text)
  const setOnline = (isOnline: boolean): Promise<void> =>
    tab.page.evaluate((isOnline) => window.mutations.setOnline(isOnline), isOnline)

  await signIn('alice')
  await setOnline(false)
  await write('What Alice wanted to say')
  await signIn('bob')
  await write('What Bob wants to say')
  await setOnline(true)
  await until('a note has arrived', () => server.notes.length > 0)
  await write('What else Bob wants to say')
  await until('another one has arrived', () => server.notes.length > 1)
  expect(server.notes).toEqual([
    { user: 'bob', text: 'What Bob wants to say' },
    { user: 'bob', text: 'What else Bob wants to say' },
  ])
})
