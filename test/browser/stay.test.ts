import { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { subIn } from '../../src/tokens.ts'
import { serve } from '../support/article-server.ts'
import { until } from '../support/patience.ts'
import { launchBrowser } from './engines/browser.ts'
import { needs } from './engines/engines.ts'
import type { Browser, Page, Tab } from './engines/tab.ts'
import { isCovered, seenAt, tabTo } from './support/cover.ts'
import { fixture } from './support/serve-page.ts'

const ends: (() => Promise<void>)[] = []
let url: string
let browser: Browser
/** What the API was sent, in order. */
let received: { readonly path: string; readonly user: string | undefined; readonly text: string }[]
/** Paths whose next request is not answered. */
let hanging: Set<string>

beforeAll(async () => {
  const html = await fixture('stay-page.ts')
  const site = new Hono()
    .get('/', (c) => c.html(html))
    .post('/auth/*', (c) => c.body(null, 204))
    .get('/api/end', (c) => c.body(null, 410))
    .post('/api/:path', async (c) => {
      const { path } = c.req.param()
      const user = subIn(c.req.header('authorization')?.replace('Bearer ', ''))
      received.push({ path, user, text: await c.req.text() })
      if (hanging.delete(path)) await new Promise<void>(() => undefined)
      return c.body(null, 204)
    })
  const server = await serve(site)
  ends.push(server.close)
  url = server.url
  browser = await launchBrowser({ onFinished: (end) => ends.push(end) })
})
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})
beforeEach(() => {
  received = []
  hanging = new Set()
})

test('a typed note is kept and covered, and saved when its user has signed in again', async () => {
  const { page } = await openSignedIn()
  await page.focus('#note')
  await page.keyboard.type('ab')
  await end(page)
  expect(await isCovered(page)).toBe(true)
  // Nothing of it can be seen or reached.
  expect(await seenAt(page, '#note')).toBe('SESSION-DIALOG')
  await page.keyboard.type('c')
  expect(await noteOf(page)).toBe('ab')
  await page.evaluate(() => window.stayPage.save('note'))
  expect(await stateOf(page)).toMatchObject({ status: 'logged-out', parked: 1 })
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  expect(await isCovered(page)).toBe(true)

  await pressInDialog(page, 'sign-in')
  await until('the note is saved', async () => (await outcomeOf(page, 'note')) === 204)
  expect(received).toEqual([{ path: 'note', user: 'alice', text: 'ab' }])
  expect(await isCovered(page)).toBe(false)
  await page.keyboard.type('d')
  expect(await noteOf(page)).toBe('abd')
})

test('of five tabs one signs in, and all of them go on', async () => {
  const tabs = [await openSignedIn()]
  for (let others = 0; others < 4; others++) tabs.push(await openTab('logged-in'))
  const pages = tabs.map(({ page }) => page)
  await end(...pages)
  for (const [n, page] of pages.entries()) {
    await page.evaluate((n) => window.stayPage.save(`note-${String(n)}`), n)
    expect(await isCovered(page)).toBe(true)
  }
  expect(received).toEqual([])
  await pages[2]?.evaluate(() => window.stayPage.logIn('alice'))
  for (const [n, page] of pages.entries()) {
    const path = `note-${String(n)}`
    await until(`${path} is saved`, async () => (await outcomeOf(page, path)) === 204)
    await until('the tab is uncovered', async () => !(await isCovered(page)))
  }
  expect(received.map(({ path }) => path).sort()).toEqual(
    pages.map((_, n) => `note-${String(n)}`).sort(),
  )
})

test('when somebody else signs in, nothing is sent or shown under that name', async () => {
  const { page } = await openSignedIn()
  await page.focus('#note')
  await page.keyboard.type('of alice')
  await end(page)
  await page.evaluate(() => window.stayPage.save('note'))
  const { page: other } = await openTab('logged-out')
  await other.evaluate(() => window.stayPage.logIn('bob'))
  await until('the call is given up', async () => Boolean(await outcomeOf(page, 'note')))
  expect(await outcomeOf(page, 'note')).toBe('session_changed')
  expect(await isCovered(page)).toBe(true)
  expect(await seenAt(page, '#note')).toBe('SESSION-DIALOG')

  await page.bringToFront()
  await pressInDialog(page, 'reload')
  await until('the page is that of the other user', async () => {
    // A page that is still loading has no answer.
    const state = await stateOf(page).catch(() => undefined)
    return state?.status === 'logged-in' && !state.isCovered
  })
  expect(await noteOf(page)).toBe('')
  expect(received).toEqual([])
})

test('an upload under way goes out again if it names itself, and a file waits whole', async () => {
  const bytes = 300_000
  const { page } = await openSignedIn()
  hanging.add('keyed').add('once')
  await page.evaluate((fileBytes) => {
    window.stayPage.save('keyed', { fileBytes, key: '1' })
    window.stayPage.save('once', { fileBytes })
  }, bytes)
  await until('both are under way', () => received.length === 2)
  await end(page)
  await page.evaluate((fileBytes) => window.stayPage.save('later', { fileBytes }), bytes)
  await until('two wait', async () => (await stateOf(page)).parked === 2)
  expect(await outcomeOf(page, 'once')).toBe('session_ended')
  await page.evaluate(() => window.stayPage.logIn('alice'))
  for (const path of ['keyed', 'later'])
    await until(`${path} is sent`, async () => (await outcomeOf(page, path)) === 204)
  expect(received.map(({ path }) => path).slice(2)).toEqual(['keyed', 'later'])
  for (const { text } of received.slice(2)) {
    expect(text).toContain('A file')
    expect(text.match(/x/g)?.length).toBeGreaterThanOrEqual(bytes)
  }
})

test('what waits in a tab that is closed is gone, and the other tabs go on', async () => {
  const closed = await openSignedIn()
  const { page } = await openTab('logged-in')
  await end(closed.page, page)
  await closed.page.evaluate(() => window.stayPage.save('lost'))
  await page.evaluate(() => window.stayPage.save('kept'))
  await closed.close()
  await page.evaluate(() => window.stayPage.logIn('alice'))
  await until('the other is sent', async () => (await outcomeOf(page, 'kept')) === 204)
  expect(received.map(({ path }) => path)).toEqual(['kept'])
})

test('a tab that is offline when its user signs in fails the first write, and sends none behind it', async (context) => {
  needs(context, 'going offline')
  const tab = await openSignedIn()
  const { page } = tab
  const { page: other } = await openTab('logged-in')
  await end(page, other)
  await page.evaluate(() => {
    window.stayPage.save('first')
    window.stayPage.save('second')
  })
  await tab.goOffline()
  await other.evaluate(() => window.stayPage.logIn('alice'))
  await until('the first has failed', async () => Boolean(await outcomeOf(page, 'second')))
  expect(await outcomeOf(page, 'first')).toBe('TypeError')
  expect(await outcomeOf(page, 'second')).toBe('session_ended')
  expect(received).toEqual([])
})

async function openTab(status: 'logged-in' | 'logged-out'): Promise<Tab> {
  const tab = await browser.open(`${url}/`)
  await until(`the tab is ${status}`, async () => (await stateOf(tab.page)).status === status)
  let isClosed = false
  const close = async (): Promise<void> => {
    if (!isClosed) await tab.close()
    isClosed = true
  }
  onTestFinished(close)
  return { ...tab, close }
}

async function openSignedIn(): Promise<Tab> {
  const tab = await browser.open(`${url}/`)
  await tab.page.evaluate(() => window.stayPage.logIn('alice'))
  let isClosed = false
  const close = async (): Promise<void> => {
    if (!isClosed) await tab.close()
    isClosed = true
  }
  onTestFinished(close)
  return { ...tab, close }
}

/** Ends the session of these tabs. */
async function end(...pages: readonly Page[]): Promise<void> {
  await pages[0]?.evaluate(() => window.stayPage.end())
  for (const page of pages)
    await until('the session is over', async () => (await stateOf(page)).status === 'logged-out')
}

function stateOf(page: Page): Promise<ReturnType<Window['stayPage']['state']>> {
  return page.evaluate(() => window.stayPage.state())
}

function outcomeOf(page: Page, path: string): Promise<string | number | undefined> {
  return page.evaluate((path) => window.stayPage.outcomes[path], path)
}

function noteOf(page: Page): Promise<string> {
  return page.$eval('#note', (note) => (note as HTMLTextAreaElement).value)
}

/** Presses a button of the dialog with the keyboard. */
async function pressInDialog(page: Page, id: string): Promise<void> {
  await tabTo(page, id)
  await page.keyboard.press('Enter')
}
