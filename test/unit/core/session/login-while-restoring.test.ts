import { expect, test } from 'vitest'
import { cookieTransport } from '../../../../src/index.ts'
import { settle } from '../../../support/settle.ts'
import { createProfile } from '../../../support/profile.ts'

// A page that logs in as it opens: restoring still reads what was there before, and tells of it last.

const hintCookie = 'signed-in'
const MODES = ['cookie', 'body'] as const
const RECORDS = ['ok', 'rejects', 'hangs', 'full'] as const

test.each(MODES.flatMap((mode) => RECORDS.map((record) => [mode, record] as const)))(
  'in %s mode, with a record that is %s, a login before `ready` lasts, whichever moment it is made in',
  async (mode, record) => {
    for (let moment = 0; moment < 40; moment++) {
      const profile = createProfile({
        mode,
        ...(mode === 'cookie' && { transport: cookieTransport('/auth', { hintCookie }) }),
      })
      profile.browser.faults.record = record
      const tab = profile.browser.openTab()
      for (let turn = 0; turn < moment; turn++) await Promise.resolve()

      await profile.during(2_000, tab.session.login(profile.server.signIn()))
      await tab.session.ready
      await settle()

      expect(tab.session.state, String(moment)).toMatchObject({ status: 'logged-in' })
      expect(tab.eventsOf('started'), String(moment)).toHaveLength(1)
      expect(tab.eventsOf('ended'), String(moment)).toEqual([])
    }
  },
)

test.each([
  ['', 0],
  [' and one more has asked since', 1],
])(
  'a login that was cached before it was written renews with the key that its cookie was spent with, though another tab was refused%s',
  async (_, others) => {
    const profile = createProfile({ transport: cookieTransport('/auth', { hintCookie }) })
    profile.browser.stored.cookies.push(hintCookie)
    const tab = profile.browser.openTab()
    await Promise.resolve()
    const login = tab.session.login(profile.server.signIn())
    tab.cache()

    // Rotated, but nobody gets to know; asked again, a server that has lost its memory refuses.
    profile.server.hold('/auth/refresh', ({ way, pass, lose }) => (way === 'up' ? pass() : lose()))
    const other = profile.browser.openTab()
    await profile.clock.advance(100)
    profile.server.hold('/auth/refresh', null)
    profile.server.next('/auth/refresh', () =>
      Response.json({ error: 'invalid_grant' }, { status: 401 }),
    )
    await profile.clock.advance(10_000)
    expect(other.session.state.status).toBe('logged-out')
    for (let asked = 0; asked < others; asked++) {
      profile.browser.openTab()
      await profile.clock.advance(10_000)
    }

    tab.thaw()
    await profile.during(1_000, login)
    const token = tab.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
    await profile.during(10_000, token)
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).not.toContain('reused')
    expect(profile.server.isAlive('s1')).toBe(true)
  },
)

test('a first visit that was refused leaves no key behind: a server that remembers answers by their keys would give the next session that refusal', async () => {
  const profile = createProfile()
  const tab = await profile.openTab()
  await profile.clock.advance(10_000)
  expect(tab.session.state.status).toBe('logged-out')
  await tab.session.login(profile.server.signIn())
  await profile.during(5_000, tab.session.getAccessToken({ forceRefresh: true }))
  const keys = profile.server
    .sentTo('/auth/refresh')
    .map(({ headers }) => headers.get('idempotency-key'))
  expect(keys).toHaveLength(2)
  expect(new Set(keys).size).toBe(2)
})

test('a login lasts that overtakes a failed restore after storage was cleared', async () => {
  for (let moment = 0; moment < 40; moment++) {
    const profile = createProfile()
    profile.server.hold('/auth/refresh', () => undefined)
    const tab = profile.browser.openTab()
    await settle()
    profile.browser.clearSiteData()
    await settle()
    // Until the restore has no more time, and the database does not answer any more.
    tab.cache()
    profile.browser.faults.record = 'rejects'
    await profile.clock.advance(11_000)
    tab.thaw()
    for (let turn = 0; turn < moment; turn++) await Promise.resolve()
    await profile.during(1_000, tab.session.login(profile.server.signIn()))
    await settle()
    expect(tab.session.state, String(moment)).toMatchObject({ status: 'logged-in' })
  }
})
