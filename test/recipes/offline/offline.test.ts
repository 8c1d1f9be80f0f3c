import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import { puppeteerOf } from '../../browser/engines/chromium.ts'
import type { Tab } from '../../browser/engines/tab.ts'
import { blocksOf, textOf } from '../../support/documents.ts'
import { until } from '../../support/patience.ts'
import { documentOf } from '../documentation.ts'
import { useRecipe, type OpenRecipe } from '../open-recipe.ts'

const ME = '/api/me'
const shell = { 'shell-1': ['/', '/page.js'] }
const [worker] = blocksOf(textOf(documentOf(import.meta.dirname))).filter(
  ({ language }) => language === 'js',
)

const openRecipe = useRecipe({
  folder: import.meta.dirname,
  page: 'offline.page.ts',
  routes({ app }) {
    app.get('/worker.js', (c) =>
      c.body(worker?.code ?? '', 200, { 'content-type': 'text/javascript' }),
    )
  },
})

test('without a network, the page opens, and shows what its user has read', async () => {
  const { tab } = await open()
  await goOffline(tab)
  await tab.page.reload()
  const { status } = await tab.page.evaluate(() => window.recipe.ready)
  expect(status).toBe('logged-in')
  expect(await whoAmI(tab)).toBe('alice')
})

test('while the server does not answer, the page shows what its user has read', async () => {
  const { server, tab } = await open()
  const gate = server.hold(ME)
  expect(await whoAmI(tab)).toBe('alice')
  expect(gate.arrived).toBe(1)
})

test('the worker keeps the shell alone, and the page what its user has read', async () => {
  const { tab } = await open()
  expect(await kept(tab)).toEqual({ ...shell, 'user-alice': [ME] })
})

test('a logout in one tab removes what the user has read', async () => {
  const { tab, openTab } = await open()
  const other = await openTab()
  expect(await whoAmI(other)).toBe('alice')
  await other.page.evaluate(() => window.recipe.logOut())
  await expectKept(tab, shell)
})

test('an answer that arrives after the logout is not kept', async () => {
  const { server, tab, logOut } = await open()
  const gate = server.hold(ME)
  const answer = whoAmI(tab)
  await gate.reached(1)
  await logOut()
  gate.open()
  expect(await answer).toBe('SessionError')
  await expectKept(tab, shell)
})

test('without a network, the next user does not see what the last one has read', async () => {
  const { tab, signIn } = await open()
  await signIn('bob')
  await expectKept(tab, shell)
  await goOffline(tab)
  expect(await whoAmI(tab)).toBe('TypeError')
})

test('a session that has ended while no page was open leaves nothing', async () => {
  const { server, tab, openTab } = await open()
  await tab.close()
  await server.endSessions('alice')
  await expectKept(await openTab(), shell)
})

/** Opens the page, signs Alice in, and has her read. The worker is ready. */
async function open(): Promise<OpenRecipe> {
  const recipe = await openRecipe()
  await recipe.signIn('alice')
  expect(await whoAmI(recipe.tab)).toBe('alice')
  await recipe.tab.page.evaluate(async () => void (await navigator.serviceWorker.ready))
  return recipe
}

async function whoAmI({ page }: Tab): Promise<string> {
  return await page.evaluate(() => window.offline.whoAmI())
}

type Kept = Awaited<ReturnType<Window['offline']['kept']>>

async function kept({ page }: Tab): Promise<Kept> {
  return await page.evaluate(() => window.offline.kept())
}

async function expectKept(tab: Tab, wanted: Kept): Promise<void> {
  let last: Kept = {}
  await until(
    () => `only ${JSON.stringify(wanted)} is kept, and not ${JSON.stringify(last)}`,
    async () => isDeepStrictEqual((last = await kept(tab)), wanted),
  )
}

/** The pages of this tab have no network, and know it. */
async function goOffline(tab: Tab): Promise<void> {
  const page = puppeteerOf(tab.page)
  await page.setOfflineMode(true)
  await until('the page knows that it is offline', () => page.evaluate(() => !navigator.onLine))
}
