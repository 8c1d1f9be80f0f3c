import { expect, test } from 'vitest'
import { cookieTransport, idleTimeout } from '../../../../src/index.ts'
import { createProfile } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'

const REFRESH = '/auth/refresh'

test('where refresh tokens are readable, a page that finds none sends no request and writes nothing', async () => {
  const profile = createProfile({ mode: 'body' })
  const tab = await profile.openTab()
  expect(tab.session.state.status).toBe('logged-out')
  expect(profile.browser.written).toEqual([])
  expect(profile.server.sent).toEqual([])
})

test('a page that opens on a session writes nothing, whatever the hint cookie says', async () => {
  const transport = cookieTransport('/auth', { hintCookie: 'hint' })
  const profile = createProfile({ transport })
  profile.browser.stored.cookies.push('hint')
  const first = await profile.signedIn()
  const { session, generation } = profile.record
  const { updates } = profile.browser.used
  const second = await profile.openTab()
  expect(await second.session.getAccessToken()).toBe(await first.session.getAccessToken())
  expect(profile.record).toMatchObject({ session, generation, status: 'logged-in' })
  expect(profile.browser.used.updates).toBe(updates)
  expect(profile.server.sentTo(REFRESH)).toEqual([])
})

test('a session that is disposed of at once asks no server', async () => {
  const profile = createProfile()
  const tab = profile.browser.openTab()
  tab.session.dispose()
  await settle()
  expect(profile.server.sent).toEqual([])
  expect(tab.measured).toEqual([])
})

test('a page that asks whether a user is signed in makes no other tab look', async () => {
  const profile = createProfile()
  profile.server.hold(REFRESH, () => undefined)
  await profile.openTab()
  expect(profile.record.status).toBe('unknown')
  expect(profile.browser.posted).not.toContainEqual(expect.objectContaining({ type: 'hint' }))
})

test.each([
  ['cookie', 'logged-in'],
  ['body', 'logged-out'],
] as const)(
  'in %s mode, where the database is full, a login leaves the other tabs %s: they could not renew without the token',
  async (mode, status) => {
    const profile = createProfile({ mode })
    const [one, two] = [await profile.openTab(), await profile.openTab()]
    profile.browser.faults.record = 'full'
    await profile.during(2_000, one.session.login(profile.server.signIn('alice')))
    expect(one.session.state.status).toBe('logged-in')
    expect(two.session.state.status).toBe(status)
  },
)

test('a login and logout while the page still asks who is signed in show as what they are', async () => {
  const profile = createProfile()
  profile.server.hold(REFRESH, () => undefined)
  const tab = await profile.openTab()
  expect(tab.session.state.status).toBe('restoring')
  await tab.session.login(profile.server.signIn('alice'))
  await tab.session.logout()
  expect(tab.session.state.status).toBe('logged-out')
})

test('a login with the answer of a session that was renewed since brings no spent token back', async () => {
  const profile = createProfile()
  const first = await profile.openTab()
  const answer = profile.server.signIn('alice')
  await first.session.login(answer)
  await first.session.getAccessToken({ forceRefresh: true })
  first.close()
  const tab = profile.browser.openTab()
  await tab.session.login(answer)
  expect(await profile.during(2_000, tab.session.getAccessToken())).not.toBe(answer['access_token'])
})

test('the first request after a login sends its token without a look, unless the page was away meanwhile', async () => {
  for (const wasAway of [false, true]) {
    const profile = createProfile()
    const tab = await profile.openTab()
    const { updates } = profile.browser.used
    const login = tab.session.login(profile.server.signIn('alice'))
    while (profile.browser.used.updates === updates) await Promise.resolve()
    if (wasAway) tab.tell('left')
    await login
    const { reads } = profile.browser.used
    await tab.session.authFetch('/api/me')
    expect(profile.browser.used.reads - reads, String(wasAway)).toBe(wasAway ? 1 : 0)
  }
})

test('a logout right after a login shows before the call returns, though the page still restores', async () => {
  const profile = createProfile()
  profile.server.hold(REFRESH, () => undefined)
  const { session } = await profile.openTab()
  await session.login(profile.server.signIn('alice'))
  void session.logout()
  expect(session.state.status).toBe('logged-out')
})

test('a new token for a session that cannot be stored rejects, and leaves the session as it is', async () => {
  const profile = createProfile({ mode: 'body' })
  const tab = await profile.signedIn()
  const { record } = profile
  profile.browser.faults.record = 'rejects'
  const login = tab.session.login({ ...profile.server.signIn('alice'), sid: 's1' })
  await expect(profile.during(1_000, login)).rejects.toMatchObject({ code: 'refresh_unavailable' })
  expect(profile.record).toEqual(record)
  expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
})

test('a new token for a session whose refresh token is a cookie need not be stored: another tab has the cookie as well', async () => {
  const profile = createProfile()
  const [tab, other] = [await profile.signedIn(), await profile.openTab()]
  profile.browser.faults.record = 'rejects'
  const answer = profile.server.signIn('alice')
  await profile.during(1_000, tab.session.login({ ...answer, sid: 's1' }))
  expect(await tab.session.getAccessToken()).toBe(answer['access_token'])
  expect(other.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
})

test('a login that the server has not confirmed does not begin idle time', async () => {
  const profile = createProfile({ idle: idleTimeout({ afterMs: 900_000 }) })
  const tab = await profile.openTab()
  profile.server.hold(REFRESH, (leg) => leg.lose())
  const login = tab.session.login()
  await expect(profile.during(3_000, login)).rejects.toMatchObject({ code: 'refresh_unavailable' })
  expect(profile.record).toMatchObject({ status: 'unknown', idle: undefined })
})

test('a page that finds the session of a newer version, with its token, shows it when it is ready', async () => {
  const profile = createProfile({ mode: 'body' })
  const last = await profile.signedIn()
  last.close()
  profile.browser.stored.record = { ...profile.record, v: 2 }
  const next = profile.browser.openTab()
  expect(await next.session.ready).toMatchObject({ status: 'logged-in', subject: 'alice' })
  expect(next.eventsOf('started')).toEqual([{ subject: 'alice', initiator: 'restored' }])
})
