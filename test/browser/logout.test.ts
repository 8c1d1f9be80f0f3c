import { describe, expect, test } from 'vitest'
import { useBackend, type Backend } from './support/backend.ts'
import { launchBrowser, useBrowser } from './engines/browser.ts'
import { needs } from './engines/engines.ts'
import type { Context, Tab } from './engines/tab.ts'
import type { Entry } from './support/fixture-page.ts'
import { expectAlive, journal, loggedOut, onEach, openSession } from './support/session-tabs.ts'
import { createProfile } from './support/profile.ts'
import { until } from '../support/patience.ts'

const LOGOUT = '/auth/logout'

const newContext = useBrowser()
const start = useBackend()

describe.each(['cookie', 'body'] as const)('in %s mode', (mode) => {
  test('a logout in one tab reaches all other tabs without a request', async () => {
    const { backend, browser } = await begin()
    const [first, ...others] = await openSession(
      backend,
      browser,
      { tab: 'one', mode },
      { tab: 'two', mode },
      { tab: 'three', mode },
      { tab: 'four', mode },
      { tab: 'five', mode },
    )
    const before = backend.requests.length
    await first.page.evaluate(() => window.fixture.logOut())
    await Promise.all(others.map(loggedOut))

    await until('the server was told of the logout', () =>
      backend.requests.some(({ path, status }) => path === LOGOUT && status === 204),
    )
    expect(backend.requests.slice(before)).toMatchObject([{ path: LOGOUT, tab: 'one' }])
    for (const tab of others) {
      const ends = (await journal(tab)).filter(({ what }) => what === 'ended')
      expect(ends).toMatchObject([{ detail: { reason: 'logout', initiator: 'other-tab' } }])
    }
  })

  describe.each(['capture', 'bubble'] as const)(
    'if the first %s listener of the page sends a request',
    (requestOnWake) => {
      test('a tab that thaws learns of a logout before it sends a token', async (context) => {
        needs(context, 'freezing a page')
        const { backend, browser } = await begin()
        const [sleeper, other] = await openSession(
          backend,
          browser,
          { tab: 'sleeper', mode, requestOnWake },
          { tab: 'other', mode },
        )
        await sleeper.freeze()
        const before = backend.requests.length
        await other.page.evaluate(() => window.fixture.logOut())
        await sleeper.thaw()
        await expectNoToken(backend, sleeper, before)
      })

      test('a tab restored by Back learns of a logout before it sends a token', async () => {
        const { backend, browser } = await begin()
        const [sleeper, other] = await openSession(
          backend,
          browser,
          { tab: 'sleeper', mode, requestOnWake },
          { tab: 'other', mode },
        )
        await sleeper.leaveFor(backend.elsewhere)
        const before = backend.requests.length
        await other.page.evaluate(() => window.fixture.logOut())
        await sleeper.goBack()
        await expectNoToken(backend, sleeper, before)
      })

      test('a tab restored by Back continues a session that is still alive', async () => {
        const { backend, browser } = await begin()
        const [sleeper] = await openSession(
          backend,
          browser,
          { tab: 'sleeper', mode, requestOnWake },
          { tab: 'other', mode },
        )
        await sleeper.leaveFor(backend.elsewhere)
        await sleeper.goBack()
        for (const { detail } of await requestsOnWake(sleeper))
          expect(detail).toMatchObject({ status: 200 })
      })
    },
  )

  test('a logout offline that the server is told of late does not end the session of the next user', async (context) => {
    needs(context, 'going offline')
    const { backend, browser } = await begin()
    const tabs = await openSession(backend, browser, { tab: 'one', mode }, { tab: 'two', mode })
    await onEach(tabs, (tab) => tab.goOffline())
    const before = backend.requests.length
    await tabs[1].page.evaluate(() => window.fixture.logOut())
    await onEach(tabs, loggedOut)
    expect(backend.requests.slice(before)).toEqual([])

    const gate = backend.hold('requests', LOGOUT)
    await onEach(tabs, (tab) => tab.goOnline())
    await gate.reached(1)
    const { subject } = await tabs[0].page.evaluate(() => window.fixture.signIn())
    gate.open()
    await until('every logout is answered', () => backend.underWay(LOGOUT) === 0)
    expect(backend.requests).toContainEqual(expect.objectContaining({ path: LOGOUT, status: 204 }))
    await expectAlive(backend, tabs, subject)
  })

  test('the server is told of a logout offline when the browser is started again', async (context) => {
    needs(context, 'a profile on disk', 'going offline')
    const backend = await start()
    const profile = await createProfile()
    const address = backend.page({ tab: 'one', mode })
    const before = await launchBrowser({ profile: profile.folder })
    const tab = await before.open(address)
    await loggedOut(tab)
    await tab.page.evaluate(() => window.fixture.signIn())
    await tab.goOffline()
    await tab.page.evaluate(() => window.fixture.logOut())
    expect(backend.requests.filter(({ path }) => path === LOGOUT)).toEqual([])
    await before.close()

    const after = await launchBrowser({ profile: profile.folder })
    await loggedOut(await after.open(address))
    await until('the server was told of the logout', () =>
      backend.requests.some(({ path, status }) => path === LOGOUT && status === 204),
    )
  })
})

async function begin(): Promise<{ backend: Backend; browser: Context }> {
  const backend = await start()
  return { backend, browser: await newContext() }
}

/** Expects that the tab has sent no token since request number `before`, although it sent a request as it woke. */
async function expectNoToken(backend: Backend, sleeper: Tab, before: number): Promise<void> {
  for (const { detail } of await requestsOnWake(sleeper))
    expect(detail).not.toMatchObject({ status: 200 })
  const sent = backend.requests.slice(before).filter(({ tab }) => tab === 'sleeper')
  expect(sent.filter(({ subject, path }) => subject !== null || path !== '/api/me')).toEqual([])
  await loggedOut(sleeper)
}

/** The requests that the page has sent as it woke: at least one, and all are answered. */
async function requestsOnWake(tab: Tab): Promise<Entry[]> {
  const wakes = (await tab.page.evaluate(() => window.pageEvents)).filter((event) =>
    ['resume', 'pageshow from cache'].includes(event),
  ).length
  let requests = await journal(tab)
  await until('what was sent on waking is answered', async () => {
    requests = (await journal(tab)).filter(({ what }) => what === 'request on wake')
    return requests.length === wakes
  })
  expect(wakes).toBeGreaterThan(0)
  return requests
}
