import { describe, expect, test } from 'vitest'
import { useBackend, type Backend } from './support/backend.ts'
import { launchBrowser } from './engines/browser.ts'
import { needs } from './engines/engines.ts'
import type { Browser, Tab } from './engines/tab.ts'
import { refreshCookies } from './support/cookie-jar.ts'
import type { Mode } from './support/fixture-page.ts'
import { createProfile, type Profile } from './support/profile.ts'
import { REPEATS } from './support/repeats.ts'
import { burst, expectUndisturbed, expire, loggedOut } from './support/session-tabs.ts'

const REFRESH = '/auth/refresh'
const HOUR_MS = 3_600_000

const start = useBackend()

// If all processes of Chromium are killed at once, its last changes of IndexedDB are kept and those of its cookies are lost:
// it writes cookies 30 s after the first change, or when it is closed. A session by cookie therefore survives one renewal
// whose cookie was not written. It does not survive two of them, nor a login.
describe.each(['cookie', 'body'] as const)(
  'a browser that is killed, in %s mode',
  { repeats: REPEATS - 1 },
  (mode) => {
    test('right after a renewal has the session when it is started again', async (context) => {
      needs(context, 'losing what is not on disk yet')
      const { backend, profile, launch } = await signInAndClose(mode)
      const killed = await launch()
      await renewedByOpening(killed.tab, backend)
      if (mode === 'cookie') expect(await refreshCookies(killed.tab)).toEqual([2])
      await killed.browser.kill()

      if (mode === 'cookie') expect(await cookiesOnDisk(profile, backend)).toEqual([1])
      const { tab } = await launch()
      expect(await burst(tab, 1)).toEqual([{ status: 200 }])
      // The cookie is one rotation behind the record, so the page repeats that rotation.
      const [rotations, corrections] = mode === 'cookie' ? [1, 1] : [2, 0]
      expect(backend.refreshes()).toMatchObject({
        rotations,
        superseded: corrections,
        repeats: corrections,
        reuses: 0,
      })
      await expectGoesOn(backend, tab)
    })

    test('while the answer to a renewal is on its way has the session when it is started again', async (context) => {
      needs(context, 'losing what is not on disk yet')
      const { backend, launch } = await signInAndClose(mode)
      const gate = backend.hold('answers', REFRESH, 1)
      const killed = await launch()
      await gate.reached(1)
      await killed.browser.kill()
      gate.open()

      const { tab } = await launch()
      expect(await burst(tab, 1)).toEqual([{ status: 200 }])
      expect(backend.refreshes()).toMatchObject({
        rotations: 1,
        superseded: 0,
        repeats: 1,
        reuses: 0,
      })
      await expectGoesOn(backend, tab)
    })
  },
)

interface Launched {
  readonly browser: Browser
  readonly tab: Tab
}

/** Signs a user in and closes the browser. Each further launch opens a tab an hour later, which has to renew. */
async function signInAndClose(mode: Mode): Promise<{
  readonly backend: Backend
  readonly profile: Profile
  readonly launch: () => Promise<Launched>
}> {
  const backend = await start()
  const profile = await createProfile()
  let launches = 0
  const launch = async (): Promise<Launched> => {
    const browser = await launchBrowser({ profile: profile.folder })
    const agesMs = launches++ * HOUR_MS
    return { browser, tab: await browser.open(backend.page({ tab: 'one', mode, agesMs })) }
  }
  const { browser, tab } = await launch()
  await loggedOut(tab)
  await tab.page.evaluate(() => window.fixture.signIn())
  await browser.close()
  // In cookie mode the first page asks whether a user is signed in. That refresh is refused.
  expect(backend.refreshes()).toMatchObject({ rotations: 0, repeats: 0 })
  return { backend, profile, launch }
}

async function renewedByOpening(tab: Tab, backend: Backend): Promise<void> {
  expect(await burst(tab, 1)).toEqual([{ status: 200 }])
  expect(backend.refreshes().rotations).toBe(1)
}

async function cookiesOnDisk({ folder }: Profile, { elsewhere }: Backend): Promise<number[]> {
  const browser = await launchBrowser({ profile: folder })
  const numbers = await refreshCookies(await browser.open(elsewhere))
  await browser.close()
  return numbers
}

async function expectGoesOn(backend: Backend, tab: Tab): Promise<void> {
  const { rotations } = backend.refreshes()
  await expire(backend, [tab])
  expect(await burst(tab, 1)).toEqual([{ status: 200 }])
  expect(backend.refreshes()).toMatchObject({ rotations: rotations + 1, reuses: 0 })
  await expectUndisturbed([tab])
}
