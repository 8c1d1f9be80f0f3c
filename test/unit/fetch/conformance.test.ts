import { beforeAll, expect, test } from 'vitest'
import { CASES } from '../../support/conformance-cases.ts'
import { startConformanceServer } from '../../support/conformance-server.ts'
import { createBackend, overNetwork } from '../../support/backend.ts'
import { openPage, signInTo, type SignedIn } from '../../support/signed-in.ts'

// Where no token is involved, authFetch is fetch. Both are asked the same, side by side, of a real server.

let origin: string

beforeAll(async () => {
  const server = await startConformanceServer()
  origin = server.origin
  return () => server.close()
})

const own = { headers: { authorization: 'Basic mine' } }

function loggedOut(): Promise<SignedIn> {
  const backend = createBackend()
  return openPage({ fetch: overNetwork(backend) }, backend)
}

const SITUATIONS = {
  'logged out': async () => ({ page: await loggedOut(), init: {} }),
  'to a foreign origin': async () => ({ page: await signInTo(origin, { origins: [] }), init: {} }),
  "with the caller's own Authorization": async () => ({ page: await signInTo(origin), init: own }),
}

for (const [situation, open] of Object.entries(SITUATIONS)) {
  test.each(Object.keys(CASES))(
    `${situation}, authFetch does with %s what fetch does`,
    async (name) => {
      const { page, init } = await open()
      const look = (fetch: typeof globalThis.fetch) => CASES[name]?.({ fetch, origin, init })
      const expected = await look(fetch)
      expect(expected).toBeDefined()
      expect(await look(page.session.authFetch)).toEqual(expected)
      expect(page.backend.refreshes()).toBe(0)
    },
  )
}
