import { expect, test } from 'vitest'
import { createProfile } from '../../support/profile.ts'

test.each(['at once', 'while the server is asked'])(
  'a logout in the first moments of a page, %s, ends the session that the cookie would have brought back',
  async (when) => {
    const profile = createProfile()
    const first = await profile.signedIn()
    first.close()
    // The browser's storage is gone, its cookies are not.
    profile.browser.stored.record = undefined
    profile.browser.stored.mirror = null

    const { session } = profile.browser.openTab()
    if (when !== 'at once') await profile.clock.advance(0)
    await profile.during(20_000, session.logout())

    expect(session.state.status).toBe('logged-out')
    const next = await profile.openTab()
    expect(next.session.state.status).toBe('logged-out')
  },
)
