import { expect, test } from 'vitest'
import { useBackend, type Backend } from './support/backend.ts'
import { launchBrowser } from './engines/browser.ts'
import { puppeteerOf } from './engines/chromium.ts'
import { needs, type Feature } from './engines/engines.ts'
import type { Context, Tab } from './engines/tab.ts'
import type { Mode } from './support/fixture-page.ts'
import { REPEATS } from './support/repeats.ts'
import {
  burst,
  expectUndisturbed,
  expire,
  lastEnd,
  loggedIn,
  loggedOut,
} from './support/session-tabs.ts'

const OK = { status: 200 }

const start = useBackend()
const repeated = { repeats: REPEATS - 1 }

interface Wipe {
  readonly by: string
  /** What the engine must be able to do. */
  readonly feature?: Feature
  wipe(tab: Tab, browser: Context, backend: Backend): Promise<void>
}

const WIPES: readonly Wipe[] = [
  {
    by: 'another page of the site',
    async wipe(_, browser, { elsewhere }) {
      const { page } = await browser.open(elsewhere)
      await page.evaluate(deleteDatabases)
    },
  },
  {
    by: 'the browser',
    feature: 'wiping storage from outside',
    wipe: (tab) => clearSiteData(tab, 'indexeddb'),
  },
]

test.for(WIPES)(
  'a session by cookie survives when $by deletes IndexedDB',
  repeated,
  async ({ wipe, feature }, context) => {
    needs(context, feature)
    const { backend, browser, tab } = await signIn('cookie')
    await wipe(tab, browser, backend)
    const late = await browser.open(backend.page({ tab: 'late', mode: 'cookie' }))
    await loggedIn(late)
    const tabs = [tab, late]
    for (const each of tabs) {
      await expire(backend, tabs)
      expect(await burst(each, 1)).toEqual([OK])
    }
    await expectUndisturbed(tabs)
    expect(backend.refreshes()).toMatchObject({ superseded: 0, reuses: 0 })
  },
)

test.for(WIPES)(
  'when $by deletes IndexedDB with the refresh token in it, the session ends as "storage-cleared", and a user can log in',
  repeated,
  async ({ wipe, feature }, context) => {
    needs(context, feature)
    const { backend, browser, tab } = await signIn('body')
    await wipe(tab, browser, backend)
    expect(await burst(tab, 1)).toEqual([OK])
    expect(await endBy(backend, tab)).toBe('storage-cleared')
    await expectNextLogin(backend, tab)
  },
)

test.for<Mode>(['cookie', 'body'])(
  'when all data of the site is deleted, the session ends with a reason, and a user can log in, in %s mode',
  repeated,
  async (mode, context) => {
    needs(context, 'wiping storage from outside')
    const { backend, tab } = await signIn(mode)
    await clearSiteData(tab, 'all')
    // The tab or the server notices it, depending on what the browser clears first.
    expect(['storage-cleared', 'refresh-rejected']).toContain(await endBy(backend, tab))
    await expectNextLogin(backend, tab)
  },
)

/** Lets the access token expire, so that the tab has to renew it. Resolves to the reason for which the session ended. */
async function endBy(backend: Backend, tab: Tab): Promise<unknown> {
  await expire(backend, [tab])
  await burst(tab, 1)
  await loggedOut(tab)
  return (await lastEnd(tab))?.['reason']
}

/** Expects that a user can log in and that the new session can be renewed. */
async function expectNextLogin(backend: Backend, tab: Tab): Promise<void> {
  await tab.page.evaluate(() => window.fixture.signIn())
  await expire(backend, [tab])
  expect(await burst(tab, 1)).toEqual([OK])
}

async function signIn(mode: Mode): Promise<{ backend: Backend; browser: Context; tab: Tab }> {
  const backend = await start()
  const browser = await launchBrowser()
  const tab = await browser.open(backend.page({ tab: 'one', mode }))
  await loggedOut(tab)
  await tab.page.evaluate(() => window.fixture.signIn())
  return { backend, browser, tab }
}

/** Runs in a page. */
async function deleteDatabases(): Promise<void> {
  for (const { name = '' } of await indexedDB.databases()) {
    await new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name)
      request.onsuccess = resolve
      request.onblocked = () => reject(new Error('Another page keeps the database open'))
    })
  }
}

async function clearSiteData({ page }: Tab, storageTypes: 'indexeddb' | 'all'): Promise<void> {
  const devtools = await puppeteerOf(page).createCDPSession()
  const origin = await page.evaluate(() => location.origin)
  await devtools.send('Storage.clearDataForOrigin', { origin, storageTypes })
}
