import { expect, test } from 'vitest'
import { cookieTransport, idleTimeout } from '../../../../src/index.ts'
import { createVirtualBrowser, strictServer } from '../../../../src/testing/index.ts'

test('two tabs renew once, and both warn of the end', async () => {
  const idle = idleTimeout({ afterMs: 11 * 60_000 })
  const server = strictServer({ accessTtlMs: 8 * 60_000 })
  const browser = createVirtualBrowser({
    server,
    session: { transport: cookieTransport('/auth'), idle },
  })
  const [first, second] = [browser.openTab(), browser.openTab()]
  await first.session.login(browser.signIn('alice'))

  await browser.advance(60_000)
  first.session.reportActivity()
  await browser.advance(10 * 60_000)
  expect(browser.server.refreshes.filter(({ outcome }) => outcome === 'rotated')).toHaveLength(1)
  expect(second.session.state.warning).toMatchObject({ cause: 'idle', extendable: true })
})
