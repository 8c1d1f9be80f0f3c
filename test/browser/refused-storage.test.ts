import { expect, test } from 'vitest'
import { launchBrowser } from './engines/browser.ts'
import { needs, type Feature } from './engines/engines.ts'
import type { Refusal } from './engines/tab.ts'
import { useBackend } from './support/backend.ts'
import type { Mode } from './support/fixture-page.ts'
import {
  burst,
  expectAlive,
  expectUndisturbed,
  expire,
  lastEnd,
  loggedIn,
  loggedOut,
  degradations,
  stateOf,
} from './support/session-tabs.ts'

// Here the browser itself refuses storage, by its user's settings. In losses.test.ts a script takes it away.

const OK = { status: 200 }

const start = useBackend()

interface Case {
  readonly refuses: Refusal
  readonly mode: Mode
  readonly feature: Feature
}

const CASES: readonly Case[] = [
  // A browser that refuses site data refuses cookies too.
  { refuses: 'site data', mode: 'body', feature: 'refusing site data' },
  { refuses: 'localStorage', mode: 'cookie', feature: 'refusing one kind of storage' },
  { refuses: 'localStorage', mode: 'body', feature: 'refusing one kind of storage' },
  { refuses: 'IndexedDB', mode: 'cookie', feature: 'refusing one kind of storage' },
  { refuses: 'IndexedDB', mode: 'body', feature: 'refusing one kind of storage' },
]

test.for(CASES)(
  'a page whose user refuses $refuses keeps its session while it is open, in $mode mode',
  async ({ refuses, mode, feature }, context) => {
    needs(context, feature)
    const backend = await start()
    const browser = await launchBrowser({ refuses })
    const tab = await browser.open(backend.page({ tab: 'alone', mode }))
    await loggedOut(tab)
    await tab.page.evaluate(() => window.fixture.signIn())
    await loggedIn(tab)
    expect(await burst(tab, 3)).toEqual([OK, OK, OK])
    const before = backend.refreshes()
    await expire(backend, [tab])
    expect(await burst(tab, 3)).toEqual([OK, OK, OK])
    expect(backend.refreshes()).toMatchObject({ rotations: before.rotations + 1, reuses: 0 })
    // No session depends on the mirror in localStorage, so its absence is not reported.
    if (refuses !== 'localStorage') expect(await degradations(tab)).not.toEqual([])

    await tab.page.evaluate(() => window.fixture.logOut())
    await loggedOut(tab)
    expect(await lastEnd(tab)).toMatchObject({ reason: 'logout', initiator: 'this-tab' })
  },
)

test.for<Mode>(['cookie', 'body'])(
  'tabs in a private window share a session, in %s mode',
  async (mode, context) => {
    needs(context, 'a private window')
    const backend = await start()
    const browser = await launchBrowser({ isPrivate: true })
    const one = await browser.open(backend.page({ tab: 'one', mode }))
    const two = await browser.open(backend.page({ tab: 'two', mode }))
    for (const tab of [one, two]) await loggedOut(tab)
    await one.page.evaluate(() => window.fixture.signIn())
    for (const tab of [one, two]) await loggedIn(tab)
    await expectAlive(backend, [one, two], (await stateOf(one)).subject)
    await expectUndisturbed([one, two])
  },
)
