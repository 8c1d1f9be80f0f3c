import { expect, test } from 'vitest'
import { CASES } from '../support/conformance-cases.ts'
import { startConformanceServer } from '../support/conformance-server.ts'
import { useBrowser } from './engines/browser.ts'
import { servePage } from './support/serve-page.ts'

// , and the cases of unit/fetch/conformance.test.ts: in a browser, and across origins.

const newContext = useBrowser()
const own = { headers: { authorization: 'Basic mine' } }

test.each([
  ['logged out', { isLoggedIn: false, isTrusted: true, init: {} }],
  ['to a foreign origin', { isLoggedIn: true, isTrusted: false, init: {} }],
  ["with the caller's own Authorization", { isLoggedIn: true, isTrusted: true, init: own }],
])('%s, authFetch does what fetch does', async (_, situation) => {
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

/** In WebKit the message of an error begins with the name of the error now and then. */
function plain(outcome: unknown): unknown {
  return JSON.parse(JSON.stringify(outcome ?? null).replaceAll('"TypeError: Load', '"Load'))
}
