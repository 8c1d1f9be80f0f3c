import { describe, expect, onTestFinished, test } from 'vitest'
import { until } from '../support/patience.ts'
import { launchBrowser, useBrowser } from './engines/browser.ts'
import { can, needs, type Feature } from './engines/engines.ts'
import type { Context, Tab } from './engines/tab.ts'
import type { WorkerKind } from './support/worker-page.ts'
import { serveWorkerSite, type WorkerMode, type WorkerSite } from './support/worker-site.ts'

// A worker keeps the answer to a refresh whose tab goes away, at a server that forgives nothing.

const newContext = useBrowser()
const renewed = (tab: Tab): Promise<string> => tab.page.evaluate(() => window.worked.renew())
const lossesOf = (tab: Tab) => tab.page.evaluate(() => window.worked.losses())

async function signedIn(
  mode: WorkerMode,
  kinds: readonly WorkerKind[],
  headers?: Readonly<Record<string, string>>,
  browser?: Pick<Context, 'open'>,
): Promise<{ site: WorkerSite; tabs: Tab[] }> {
  const site = await serveWorkerSite(mode, onTestFinished, headers && { headers })
  const context = browser ?? (await newContext())
  const tabs: Tab[] = []
  for (const kind of kinds) tabs.push(await context.open(site.page(kind)))
  await tabs[0]?.page.evaluate(() => window.worked.signIn())
  for (const tab of tabs)
    await until(
      'the tab has the token, and other tabs could have it',
      // Without one, a tab that asks for a new token would take that of the sign-in.
      () =>
        tab.page.evaluate(
          async () => (await window.worked.held()) === 'token' && window.worked.isStored(),
        ),
    )
  return { site, tabs }
}

const LEAVINGS: readonly [
  string,
  Feature | undefined,
  (tab: Tab, site: WorkerSite) => Promise<void>,
][] = [
  ['is closed', undefined, (tab) => tab.close()],
  ['is reloaded', undefined, (tab) => tab.page.reload()],
  ['navigates', undefined, (tab, site) => tab.page.goto(site.elsewhere)],
  ['is frozen', 'freezing a page', (tab) => tab.freeze()],
]

describe.each(['shared', 'service'] as const)('a %s worker', (kind) => {
  describe.each(['cookie', 'body'] as const)('with the token in a %s', (mode) => {
    const inBody = kind === 'shared' && mode === 'body' ? 'keys in a shared worker' : undefined

    test('makes the refreshes of two tabs', async (context) => {
      needs(context, inBody)
      const { site, tabs } = await signedIn(mode, [kind, kind])
      const before = site.refreshes
      expect(await Promise.all(tabs.map(renewed))).toEqual(['token', 'token'])
      expect(site.refreshes - before).toBeGreaterThan(0)
      for (const tab of tabs) {
        expect(await lossesOf(tab)).toEqual([])
        expect(await tab.page.evaluate(() => window.worked.by())).toBe('other-tab')
      }
    })

    test.for(LEAVINGS)(
      'keeps the answer of a tab that %s, and the other tab needs no second one',
      async ([, feature, leave], context) => {
        needs(context, feature, inBody)
        const { site, tabs } = await signedIn(mode, [kind, kind])
        const [first, second] = tabs
        if (!first || !second) throw new Error('There are two tabs.')
        const before = site.refreshes
        const gate = site.hold(1)
        void first.page.evaluate(() => void window.worked.renew())
        await gate.reached(1)
        await leave(first, site)
        const token = renewed(second)
        gate.open()
        expect(await token).toBe('token')
        expect(await renewed(second)).toBe('token')
        expect(site.refreshes - before).toBeLessThanOrEqual(3)
        expect(await lossesOf(second)).toEqual([])
      },
    )
  })
})

test.for(['none', 'shared', 'extended', 'service'] as const)(
  'a page comes out of the back/forward cache to its session, with a worker: %s',
  async (kind, context) => {
    const isShared = kind === 'shared' || kind === 'extended'
    needs(context, isShared ? 'caching a page with a shared worker' : undefined)
    const { site, tabs } = await signedIn('body', [kind, kind])
    const [first, second] = tabs
    if (!first || !second) throw new Error('There are two tabs.')
    await first.leaveFor(site.elsewhere)
    for (let round = 0; round < 3; round++) expect(await renewed(second)).toBe('token')
    await first.goBack()
    expect(await renewed(first)).toBe('token')
    expect(await lossesOf(first)).toEqual([])
  },
)

test.for(['shared', 'service'] as const)(
  'a %s worker keeps the answer of a tab that crashes, if it is not in the process of that tab',
  async (kind, context) => {
    needs(context, 'losing the process of a tab')
    const { site, tabs } = await signedIn('body', [kind, kind])
    const [host, second] = tabs
    if (!host || !second) throw new Error('There are two tabs.')
    const gate = site.hold(1)
    void second.page.evaluate(() => void window.worked.renew())
    await gate.reached(1)
    await second.crash()
    const token = renewed(host)
    gate.open()
    expect(await token).toBe('token')
    expect(await renewed(host)).toBe('token')
  },
)

test.for(['shared', 'service'] as const)(
  'a %s worker proves with the key of the pages, or leaves the refresh to them',
  async (kind) => {
    const { site, tabs } = await signedIn('dpop', [kind, kind])
    for (const tab of tabs) expect(await renewed(tab)).toBe('token')
    expect(site.provedWith.size).toBe(1)
    const isLeft = kind === 'shared' && !can('keys in a shared worker')
    const loss = { missing: 'worker', to: 'tab', because: 'needs-page' }
    const losses = (await Promise.all(tabs.map(lossesOf))).flat()
    expect(losses).toEqual(losses.map(() => loss))
    expect(losses.length > 0).toBe(isLeft)
  },
)

test.for(['shared', 'service'] as const)(
  'a %s worker refreshes in a private window',
  async (kind, context) => {
    needs(context, 'a private window')
    const browser = await launchBrowser({ isPrivate: true })
    const { tabs } = await signedIn('body', [kind, kind], undefined, browser)
    for (const tab of tabs) expect(await renewed(tab)).toBe('token')
    expect((await Promise.all(tabs.map(lossesOf))).flat()).toEqual([])
  },
)

describe.each(['extended', 'service'] as const)('the only tab, with a worker: %s', (kind) => {
  test.for(['cookie', 'body'] as const)(
    'is reloaded in the middle of a refresh, and its session goes on, with the token in a %s',
    async (mode, context) => {
      if (kind === 'extended') needs(context, 'workers that outlive their pages')
      const { site, tabs } = await signedIn(mode, [kind])
      const [tab] = tabs
      if (!tab) throw new Error('There is one tab.')
      const gate = site.hold(1)
      void tab.page.evaluate(() => void window.worked.renew())
      await gate.reached(1)
      await tab.page.reload()
      gate.open()
      expect(await tab.page.evaluate(() => window.worked.token())).toBe('token')
      expect(await renewed(tab)).toBe('token')
      expect(await lossesOf(tab)).toEqual([])
    },
  )
})

test('a policy that forbids workers costs nothing but the worker', async () => {
  const { tabs } = await signedIn('body', ['shared'], {
    'content-security-policy': "worker-src 'none'",
  })
  const [tab] = tabs
  if (!tab) throw new Error('There is one tab.')
  expect(await renewed(tab)).toBe('token')
  expect(await lossesOf(tab)).toEqual([{ missing: 'worker', to: 'tab', because: 'no-answer' }])
})

test("a policy of worker-src 'self' allows one", async () => {
  const { tabs } = await signedIn('body', ['shared'], {
    'content-security-policy': "worker-src 'self'",
  })
  const [tab] = tabs
  if (!tab) throw new Error('There is one tab.')
  expect(await renewed(tab)).toBe('token')
  expect(await lossesOf(tab)).toEqual([])
})
