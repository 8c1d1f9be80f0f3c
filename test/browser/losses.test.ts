import { describe, expect, test } from 'vitest'
import { useBackend, type Backend, type SeenRequest } from './support/backend.ts'
import { useBrowser } from './engines/browser.ts'
import type { Tab } from './engines/tab.ts'
import type { Mode } from './support/fixture-page.ts'
import {
  HANGING_INDEXED_DB,
  LOSSES,
  NO_CHANNEL,
  NO_LOCAL_STORAGE,
  NO_LOCKS,
} from './support/losses.ts'
import { withPrelude } from './support/preludes.ts'
import { REPEATS } from './support/repeats.ts'
import {
  burst,
  expectAlive,
  expire,
  lastEnd,
  loggedIn,
  loggedOut,
  degradations,
  onEach,
  stateOf,
  skip,
} from './support/session-tabs.ts'
import { until } from '../support/patience.ts'

const REFRESH = '/auth/refresh'
const OK = { status: 200 }

const newContext = useBrowser()
const start = useBackend()
const repeated = { repeats: REPEATS - 1 }

describe.each(['cookie', 'body'] as const)('in %s mode', (mode) => {
  test.for(LOSSES[mode])('one page works without $name', repeated, async ({ before, reported }) => {
    const { backend, open } = await begin(mode, before)
    const tab = await open('alone')
    await expectWholeSession(backend, tab)
    await expectWholeSession(backend, tab)
    // On a slow machine a database that works may be reported as well. That is ignored.
    const isDatabaseLost = reported.some(({ missing }) => missing === 'record')
    const seen = async () =>
      (await degradations(tab)).filter(({ missing }) => missing !== 'record' || isDatabaseLost)
    // A database that does not answer is reported after five seconds.
    await until('the losses are reported', async () => (await seen()).length >= reported.length)
    expect(await seen()).toEqual(reported)
  })

  test('two tabs without Web Locks refresh once', repeated, async () => {
    const { backend, open } = await begin(mode, NO_LOCKS.before)
    const tabs = [await open('one'), await open('two')] as const
    await signIn(tabs)
    await expectOneRefresh(backend, tabs)
  })

  test(
    'two tabs without Web Locks that refresh at the same time get the same tokens',
    repeated,
    async () => {
      const { backend, open } = await begin(mode, NO_LOCKS.before)
      const tabs = [await open('one'), await open('two')] as const
      await signIn(tabs)
      const { rotations, repeats } = backend.refreshes()
      const gate = backend.hold('answers', REFRESH)
      await expire(backend, tabs)
      const first = burst(tabs[0], 1)
      await gate.reached(1)
      // The lease of the first tab has run out by the clock of the second.
      await skip([tabs[1]], 60_000)
      const second = burst(tabs[1], 1)
      await gate.reached(2)
      gate.open()

      expect(await Promise.all([first, second])).toEqual([[OK], [OK]])
      const both = { rotations: rotations + 1, repeats: repeats + 1, reuses: 0 }
      expect(backend.refreshes()).toMatchObject(both)
      await expectAlive(backend, tabs, (await stateOf(tabs[0])).subject)
    },
  )

  test('tabs without BroadcastChannel learn of a logout by localStorage', repeated, async () => {
    const { open } = await begin(mode, NO_CHANNEL.before)
    const tabs = [await open('one'), await open('two')] as const
    await signIn(tabs)
    await expectSharedLogout(tabs)
  })
})

test(
  'tabs without BroadcastChannel and localStorage learn of a logout by polling',
  repeated,
  async () => {
    const { open } = await begin('cookie', [...NO_CHANNEL.before, ...NO_LOCAL_STORAGE.before])
    const tabs = [await open('one'), await open('two')] as const
    await signIn(tabs)
    await expectSharedLogout(tabs)
  },
)

test('tabs whose IndexedDB never answers share a session by cookie', repeated, async () => {
  const { backend, open } = await begin('cookie', HANGING_INDEXED_DB.before)
  const tabs = [await open('one'), await open('two')] as const
  await signIn(tabs)
  const { rotations } = backend.refreshes()
  await expectAllServed(backend, tabs)
  // The tab that gets the lock second may read a localStorage that is not up to date, and repeat the refresh.
  expect(backend.refreshes()).toMatchObject({
    rotations: rotations + 1,
    superseded: 0,
    reuses: 0,
  })
  await expectSharedLogout(tabs)
})

async function begin(
  mode: Mode,
  before: readonly (() => void)[],
): Promise<{ backend: Backend; open: (tab: string) => Promise<Tab> }> {
  const backend = await start()
  const browser = await newContext()
  return {
    backend,
    open: (tab) => browser.open(withPrelude(backend.page({ tab, mode }), ...before)),
  }
}

/** Signs a user in in the first tab, and waits until all tabs know. */
async function signIn(tabs: readonly [Tab, ...Tab[]]): Promise<void> {
  await onEach(tabs, loggedOut)
  await tabs[0].page.evaluate(() => window.fixture.signIn())
  await onEach(tabs, loggedIn)
}

/** Expects that a user can sign in, make requests for longer than a token lives, and log out. */
async function expectWholeSession(backend: Backend, tab: Tab): Promise<void> {
  await signIn([tab])
  expect(await burst(tab, 3)).toEqual([OK, OK, OK])
  await expectOneRefresh(backend, [tab])

  const before = backend.requests.length
  await tab.page.evaluate(() => window.fixture.logOut())
  await loggedOut(tab)
  await until('the server is told of the logout', () =>
    backend.requests.slice(before).some(isAnsweredLogout),
  )
  expect(await lastEnd(tab)).toMatchObject({ reason: 'logout', initiator: 'this-tab' })
}

function isAnsweredLogout({ path, status }: SeenRequest): boolean {
  return path === '/auth/logout' && status === 204
}

/** Expects one refresh for all tabs after their tokens have expired. */
async function expectOneRefresh(backend: Backend, tabs: readonly Tab[]): Promise<void> {
  const { rotations, repeats } = backend.refreshes()
  await expectAllServed(backend, tabs)
  const once = { rotations: rotations + 1, repeats, superseded: 0, reuses: 0 }
  expect(backend.refreshes()).toMatchObject(once)
}

/** Expects that all requests of the tabs are answered after their tokens have expired. */
async function expectAllServed(backend: Backend, tabs: readonly Tab[]): Promise<void> {
  await expire(backend, tabs)
  expect(await onEach(tabs, (tab) => burst(tab, 3))).toEqual(tabs.map(() => [OK, OK, OK]))
}

/** Expects that a logout in the first tab reaches the second. */
async function expectSharedLogout([first, second]: readonly [Tab, Tab]): Promise<void> {
  await first.page.evaluate(() => window.fixture.logOut())
  await loggedOut(second)
  expect(await lastEnd(second)).toMatchObject({ reason: 'logout', initiator: 'other-tab' })
}
