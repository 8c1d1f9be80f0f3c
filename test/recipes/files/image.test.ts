import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { puppeteerOf } from '../../browser/engines/chromium.ts'
import { until } from '../../support/patience.ts'
import { useRecipe, type OpenRecipe } from '../open-recipe.ts'

/** A picture that is three pixels wide. */
const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"/>'

const open = useRecipe({
  folder: import.meta.dirname,
  page: 'image.page.ts',
  routes({ app, userOf }) {
    app.get('/api/picture', async ({ req, body }) => {
      const user = await userOf(req.raw)
      if (typeof user !== 'string') return user
      return body(PICTURE, 200, { 'content-type': 'image/svg+xml' })
    })
    app.get('/api/report', async ({ req, text }) => {
      const user = await userOf(req.raw)
      return typeof user === 'string' ? text(`The report of ${user}`) : user
    })
  },
})

test('an image whose token is refused is fetched once more, and shown', async () => {
  const recipe = await open()
  await recipe.signIn('alice')
  recipe.refuse()
  const width = await recipe.tab.page.evaluate(() => window.showImage('/api/picture'))
  expect(width).toBe(3)
  expect(statuses(recipe, '/api/picture')).toEqual([401, 200])
})

test('a download whose token is refused is fetched once more, and saved under its name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'downloads-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const recipe = await open()
  const page = puppeteerOf(recipe.tab.page)
  const devtools = await page.createCDPSession()
  const allowed = { behavior: 'allow', downloadPath: folder } as const
  await devtools.send('Page.setDownloadBehavior', allowed)
  await recipe.signIn('alice')
  recipe.refuse()
  await page.evaluate(() => window.download('/api/report', 'report.txt'))
  // The browser writes it under another name, and renames it when it is whole.
  const saved = join(folder, 'report.txt')
  await until('the file is saved', () => existsSync(saved))
  expect(readFileSync(saved, 'utf8')).toBe('The report of alice')
  expect(statuses(recipe, '/api/report')).toEqual([401, 200])
})

function statuses({ server }: OpenRecipe, wanted: string): readonly (number | undefined)[] {
  return server.requests.filter(({ path }) => path === wanted).map(({ status }) => status)
}
