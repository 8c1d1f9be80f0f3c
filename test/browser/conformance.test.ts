import { expect, test } from 'vitest'
import { CASES } from '../support/conformance-cases.ts'
import { startConformanceServer } from '../support/conformance-server.ts'
import { useBrowser } from './engines/browser.ts'
import { servePage } from './support/serve-page.ts'

// The cases of unit/fetch/conformance.test.ts, in a browser and across origins. authFetch adds no token in any of them.

const newContext = useBrowser()
const own = { headers: { authorization: 'Basic mine' } }

test.each([
  ['while no user is signed in', { isLoggedIn: false, isTrusted: true, init: {} }],
  ['for an origin that is not trusted', { isLoggedIn: true, isTrusted: false, init: {} }],
  ["with the caller's own Authorization", { isLoggedIn: true, isTrusted: true, init: own }],
])('authFetch does what fetch does %s', async (_, situation) => {
  const server = await startConformanceServer()
  const url = await servePage('conformance-page.ts')
  const trusted = situation.isTrusted ? `?trusted=${server.origin}` : ''
  const { page } = await (await newContext()).open(`${url}${trusted}`)
  try {
    if (situation.isLoggedIn) await page.evaluate(() => window.logIn())
    for (const name of Object.keys(CASES)) {
      const [expected, seen] = await page.evaluate(
        (...args) => window.sideBySide(...args),
        name,
        server.origin,
        situation.init,
      )
      expect(plain(seen), name).toEqual(plain(expected))
    }
  } finally {
    await server.close()
  }
})

/** Removes the name of the error, with which WebKit sometimes begins the message. */
function plain(outcome: unknown): unknown {
  return JSON.parse(JSON.stringify(outcome ?? null).replaceAll('"TypeError: Load', '"Load'))
}
