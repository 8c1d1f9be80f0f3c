import { expect, test } from 'vitest'
import { expectWhole, tellTusStories } from './tus-stories.ts'

const recipe = { folder: import.meta.dirname, page: 'tus.page.ts' }

tellTusStories('tus-js-client', recipe, (open) => {
  test('another user begins an upload of the same file, and the first one goes on with theirs', async () => {
    const page = await open()
    const { gate } = await page.reachSecondPart()
    await page.logOut()
    gate.open()
    await page.signIn('bob')
    expectWhole(page, await page.upload())
    await page.signIn('alice')
    const before = page.asked().length
    expectWhole(page, await page.upload())
    const [question, ...parts] = page.asked().slice(before)
    expect(question).toBe('HEAD alice 200')
    // How many depends on what of the second part had arrived at the logout.
    expect(new Set(parts)).toEqual(new Set(['PATCH alice 204']))
  })
})
