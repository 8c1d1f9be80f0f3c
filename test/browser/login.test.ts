import { expect, test } from 'vitest'
import { useBackend } from './support/backend.ts'
import { useBrowser } from './engines/browser.ts'
import { needs } from './engines/engines.ts'
import { refreshCookies } from './support/cookie-jar.ts'
import { REPEATS } from './support/repeats.ts'
import {
  burst,
  expectUndisturbed,
  expire,
  loggedIn,
  loggedOut,
  onEach,
} from './support/session-tabs.ts'
import { until } from '../support/patience.ts'

const hintCookie = 'latchkey-hint'
const REFRESH = '/auth/refresh'

const newContext = useBrowser()
const start = useBackend()
const repeated = { repeats: REPEATS - 1 }

/**
 * A user has signed in, but the page has not called `login()` yet. Meanwhile a second tab opens and refreshes with the new
 * cookie, and its answer is held.
 */
async function refreshBeforeLogin() {
  const backend = await start()
  const browser = await newContext()
  const one = await browser.open(backend.page({ tab: 'one', mode: 'cookie', hintCookie }))
  await loggedOut(one)
  const answer = await one.page.evaluate(() => window.fixture.register())
  const gate = backend.hold('answers', REFRESH, 1)
  const two = await browser.open(backend.page({ tab: 'two', mode: 'cookie', hintCookie }))
  await gate.reached(1)
  return { backend, gate, answer, one, two }
}

test(
  'a login whose cookie is renewed by a tab that opens continues with the tokens of that tab',
  repeated,
  async () => {
    const { backend, gate, answer, one, two } = await refreshBeforeLogin()
    expect(backend.refreshes()).toMatchObject({ rotations: 1 })
    await one.page.evaluate((answer) => window.fixture.logIn(answer), answer)
    gate.open()

    const tabs = [one, two]
    await onEach(tabs, loggedIn)
    for (const tab of tabs) {
      await expire(backend, tabs)
      expect(await burst(tab, 1)).toEqual([{ status: 200 }])
    }
    await expectUndisturbed(tabs)
  },
)

test(
  'a login continues if another tab renewed its cookie and crashed before the answer came',
  repeated,
  async (context) => {
    needs(context, 'losing the process of a tab')
    const { backend, gate, answer, one, two } = await refreshBeforeLogin()
    await two.crash()
    await one.page.evaluate((answer) => window.fixture.logIn(answer), answer)
    gate.open()
    await until('the renewed cookie is in the jar', async () =>
      (await refreshCookies(one)).includes(2),
    )

    await expire(backend, [one])
    expect(await burst(one, 1)).toEqual([{ status: 200 }])
    expect(backend.refreshes()).toMatchObject({
      rotations: 1,
      repeats: 1,
      superseded: 0,
      reuses: 0,
    })
    await expire(backend, [one])
    expect(await burst(one, 1)).toEqual([{ status: 200 }])
    await expectUndisturbed([one])
  },
)

test(
  'a login whose cookie the page renewed before it called `login()` continues with the renewed cookie',
  repeated,
  async () => {
    const backend = await start()
    const gate = backend.hold('answers', REFRESH, 1)
    const browser = await newContext()
    const tab = await browser.open(backend.page({ tab: 'one', mode: 'cookie' }))
    // The page asks whether a user is signed in, and the user signs in before the answer arrives.
    await gate.reached(1)
    const answer = await tab.page.evaluate(() => window.fixture.register())
    await tab.page.reload()
    await loggedIn(tab)
    gate.open()
    await until('everything is answered', () => backend.underWay(REFRESH) === 0)
    // One rotation or two: the page that is left sends its request again (K1), and the answer may set the next cookie first.
    const before = backend.refreshes()
    expect(before).toMatchObject({ refused: 1, superseded: 0, reuses: 0 })
    expect(before.rotations).toBeGreaterThan(0)

    await tab.page.evaluate((answer) => window.fixture.logIn(answer), answer)
    await expire(backend, [tab])
    expect(await burst(tab, 1)).toEqual([{ status: 200 }])
    await expectUndisturbed([tab])
    expect(backend.refreshes()).toMatchObject({
      refused: 1,
      rotations: before.rotations + 1,
      superseded: 0,
      reuses: 0,
    })
  },
)
