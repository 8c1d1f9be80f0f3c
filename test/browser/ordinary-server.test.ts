import { expect, test } from 'vitest'
import { addOrdinaryRoutes } from '../support/ordinary-routes.ts'
import { until } from '../support/patience.ts'
import { useBrowser } from './engines/browser.ts'
import { needs, type Feature } from './engines/engines.ts'
import type { Tab } from './engines/tab.ts'
import { useBackend, type Backend } from './support/backend.ts'

// One HttpOnly cookie that rotates, reuse detected, and nothing else: what most teams have.

const REFRESH = '/auth/refresh'

const newContext = useBrowser()
const start = useBackend()

async function signedIn(count: number): Promise<{ backend: Backend; tabs: Tab[] }> {
  const backend = await start({ routes: addOrdinaryRoutes })
  const context = await newContext()
  const tabs: Tab[] = []
  for (let number = 0; number < count; number++)
    tabs.push(
      await context.open(
        backend.page({ tab: `tab-${number}`, mode: 'cookie', strategy: 'ordinary' }),
      ),
    )
  await tabs[0]?.page.evaluate(() => window.fixture.signIn())
  await until('all tabs are signed in', async () =>
    (await Promise.all(tabs.map(statusOf))).every((status) => status === 'logged-in'),
  )
  return { backend, tabs }
}

const statusOf = ({ page }: Tab): Promise<string> =>
  page.evaluate(() => window.fixture.state().status)

/** The session has been renewed, and the server has seen no token twice. */
async function expectAlive(backend: Backend, tab: Tab): Promise<void> {
  await until('the tab is signed in', async () => (await statusOf(tab)) === 'logged-in')
  const { status } = await tab.page.evaluate(() => window.fixture.call('/api/me'))
  expect(status).toBe(200)
  expect(backend.refreshes()).toMatchObject({ reuses: 0, rotations: 2 })
}

test('two reloads in the middle of a refresh cost no session', async () => {
  const { backend, tabs } = await signedIn(1)
  const [tab] = tabs
  if (!tab) throw new Error('There is one tab.')
  const gate = backend.hold('answers', REFRESH, 1)
  // A page that is opened has no access token, so it refreshes.
  await tab.page.reload()
  await gate.reached(1)
  await tab.page.reload()
  await tab.page.reload()
  gate.open()
  await expectAlive(backend, tab)
})

test.for<[string, Feature | undefined, (tab: Tab) => Promise<void>]>([
  ['is closed', undefined, (tab) => tab.close()],
  ['crashes', 'losing the process of a tab', (tab) => tab.crash()],
  ['is frozen', 'freezing a page', (tab) => tab.freeze()],
])(
  'a tab that %s while it refreshes costs another tab no session',
  async ([, feature, leave], context) => {
    if (feature) needs(context, feature)
    const { backend, tabs } = await signedIn(2)
    const [refreshing, waiting] = tabs
    if (!refreshing || !waiting) throw new Error('There are two tabs.')
    backend.expireAccessTokens()
    const gate = backend.hold('answers', REFRESH, 1)
    void refreshing.page.evaluate(() => void window.fixture.call('/api/me'))
    await gate.reached(1)
    await leave(refreshing)
    const answered = waiting.page.evaluate(() => window.fixture.call('/api/me'))
    gate.open()
    expect(await answered).toEqual({ status: 200 })
    await expectAlive(backend, waiting)
  },
)
