import { expect, test } from 'vitest'
import { jsonTransport } from '../../src/index.ts'
import { createVirtualBrowser, strictServer } from '../../src/testing/index.ts'

// What docs/migration promises of tokens that another library has left.

test.each([true, false])(
  'tokens of another library are taken over, and renewed once, whether the access token still lives: %s',
  async (isAlive) => {
    const browser = createVirtualBrowser({
      server: strictServer({ accessTtlMs: 600_000, refreshTokensIn: 'body' }),
      session: { transport: jsonTransport('/auth') },
    })
    const tabs = [browser.openTab(), browser.openTab()]
    const [tab] = tabs
    const { access_token, refresh_token } = browser.signIn('alice')
    if (!isAlive) browser.server.forgetAccess()

    await tab?.session.login({ access_token, refresh_token, expires_in: 1 })
    await browser.settle()
    for (const { session } of tabs) expect((await session.authFetch('/api/notes')).status).toBe(200)
    await browser.advance(5_000)
    for (const { session } of tabs) expect((await session.authFetch('/api/notes')).status).toBe(200)
    expect(browser.server.refreshes.map(({ outcome }) => outcome)).toEqual(['rotated'])
  },
)
