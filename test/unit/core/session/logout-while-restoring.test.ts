import { expect, test } from 'vitest'
import { settle } from '../../../support/settle.ts'
import { createProfile } from '../../../support/profile.ts'

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

test('a logout reaches the other tabs though nothing can be written', async () => {
  const profile = createProfile()
  const first = await profile.signedIn()
  const second = await profile.openTab()
  first.faults.record = 'hangs'
  profile.browser.faults.mirror = 'refused'

  void first.session.logout()
  await settle()
  expect(second.session.state.status).toBe('logged-out')
  expect(second.eventsOf('ended')).toMatchObject([{ reason: 'logout', initiator: 'other-tab' }])

  first.faults.record = 'ok'
  await profile.clock.advance(20_000)
  expect(second.eventsOf('ended')).toHaveLength(1)
})

test('a late message of the end of an older session does not end the current one', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  await tab.session.logout()
  const over = profile.browser.posted.find(
    (message) => (message as { readonly type: string }).type === 'over',
  )
  expect(over).toBeDefined()
  await tab.session.login(profile.server.signIn('bob'))
  profile.browser.say(over)
  profile.browser.say({ type: 'over', record: profile.record })
  profile.browser.say({ type: 'over', record: 'nonsense' })
  await settle()
  expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
})
