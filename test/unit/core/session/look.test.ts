import { describe, expect, test } from 'vitest'
import { settle } from '../../../support/settle.ts'
import { createProfile } from '../../../support/profile.ts'

describe('G4: a request looks at the record first unless it was looked at just now', () => {
  test('a storm of requests with a fresh token touches neither storage nor locks', async () => {
    const profile = createProfile()
    const { session } = await profile.signedIn()
    await session.authFetch('/api/me')
    const before = { ...profile.browser.used }
    await profile.clock.advance(14_900)
    const answers = Array.from({ length: 100 }, () => session.authFetch('/api/me'))
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200)
    expect(profile.browser.used).toEqual(before)
  })

  test('after fifteen seconds one look is taken, for all requests together', async () => {
    const profile = createProfile()
    const { session } = await profile.signedIn()
    await session.authFetch('/api/me')
    await profile.clock.advance(15_000)
    const { reads } = profile.browser.used
    const answers = Array.from({ length: 100 }, () => session.authFetch('/api/me'))
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200)
    expect(profile.browser.used.reads - reads).toBe(1)
    await session.authFetch('/api/me')
    expect(profile.browser.used.reads - reads).toBe(1)
  })

  test('the look is bounded: a record that hangs delays a request by half a second', async () => {
    const profile = createProfile()
    const { session } = await profile.signedIn()
    await session.authFetch('/api/me')
    await profile.clock.advance(15_000)
    profile.browser.faults.record = 'hangs'
    let answered = false
    void session.authFetch('/api/me').then(() => (answered = true))
    await profile.clock.advance(499)
    await settle()
    expect(answered).toBe(false)
    await profile.clock.advance(1)
    await settle()
    expect(answered).toBe(true)
  })

  test('after a freeze nothing is sent for a session that was signed out meanwhile', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const other = await profile.openTab()
    tab.freeze()
    await other.session.logout()
    await settle()
    const sent = profile.server.sentTo('/api/me').length
    // The first thing that runs in the page is a request of the application.
    tab.thaw()
    const answer = tab.session.authFetch('/api/me').catch((error: unknown) => error)
    expect(tab.session.state.status).toBe('logged-out')
    await settle()
    await answer
    const withToken = profile.server
      .sentTo('/api/me')
      .slice(sent)
      .filter(({ headers }) => headers.has('authorization'))
    expect(withToken).toEqual([])
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'logout', initiator: 'other-tab' }])
  })

  test('a page that was away asks the record even where mirror and channel say nothing', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const other = await profile.openTab()
    profile.browser.faults.mirror = 'refused'
    profile.browser.faults.channel = 'deaf'
    await tab.session.authFetch('/api/me')
    profile.server.forget()
    tab.freeze()
    await other.session.logout()
    await settle()
    tab.thaw()
    const answer = tab.session.authFetch('/api/me').catch((error: unknown) => error)
    await settle()
    expect(await answer).toMatchObject({ code: 'session_ended', reason: 'logout' })
    expect(profile.server.sentTo('/api/me')).toEqual([])
  })

  test('a look from before the page stood still does not count: another one is taken', async () => {
    const profile = createProfile()
    const [tab, other] = [await profile.signedIn(), await profile.openTab()]
    await profile.clock.advance(15_000)
    profile.browser.faults.mirror = 'refused'
    profile.browser.faults.channel = 'deaf'
    profile.server.forget()
    const { reads } = profile.browser.used
    const answer = tab.session.authFetch('/api/me').catch((error: unknown) => error)
    while (profile.browser.used.reads === reads) await Promise.resolve()
    tab.freeze()
    // The record is read now, but what it said does not reach the page before it goes on.
    await settle()
    await other.session.logout()
    tab.thaw()
    expect(await answer).toMatchObject({ code: 'session_ended', reason: 'logout' })
    expect(profile.server.sentTo('/api/me')).toEqual([])
  })

  test('without a look nothing is sent past the end that is known', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ session_expires_in: 5 })
    expect((await tab.session.authFetch('/api/me')).status).toBe(200)
    // A laptop that slept: no timer has run yet.
    profile.clock.sleep(6_000)
    const answer = tab.session.authFetch('/api/me').catch((error: unknown) => error)
    await settle()
    expect(await answer).toMatchObject({ code: 'session_ended', reason: 'session-limit' })
    expect(profile.server.sentTo('/api/me')).toHaveLength(1)
  })

  test('an end that another tab has moved meanwhile is not brought about', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ refresh_expires_in: 3_600 })
    const other = await profile.openTab()
    tab.freeze()
    await profile.clock.advance(3_000_000)
    expect((await other.session.authFetch('/api/me')).status).toBe(200)
    await profile.clock.advance(700_000)
    tab.thaw()
    await profile.clock.advance(1_000)
    expect(tab.eventsOf('ended')).toEqual([])
    expect(tab.session.state.status).toBe('logged-in')
    expect((await tab.session.authFetch('/api/me')).status).toBe(200)
  })

  test('a tab that has heard nothing of it until then does not say so either', async () => {
    const profile = createProfile()
    const unaware = await profile.signedIn({ refresh_expires_in: 1_800 })
    const other = await profile.openTab()
    unaware.setVisible(false)
    profile.browser.faults.channel = 'deaf'
    profile.browser.faults.mirror = 'refused'
    await profile.clock.advance(1_810_000)
    await settle()
    for (const { eventsOf, session } of [unaware, other]) {
      expect(eventsOf('ended')).toEqual([])
      expect(session.state.status).toBe('logged-in')
    }
  })

  test('a look that began before the page was away does not count after it', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const other = await profile.openTab()
    // Those who have just looked at the record do without another look.
    await profile.clock.advance(15_000)
    profile.browser.faults.mirror = 'refused'
    await profile.clock.advance(15_000)
    const { reads } = profile.browser.used
    const answer = tab.session.authFetch('/api/me').catch((error: unknown) => error)
    while (profile.browser.used.reads === reads) await Promise.resolve()
    tab.freeze()
    await other.session.logout()
    await settle()
    tab.thaw()
    await settle()
    expect(await answer).toMatchObject({ code: 'session_ended' })
    expect(profile.server.sentTo('/api/me')).toEqual([])
  })
})

test('storage cleared under a page ends its session, and nothing is sent for it', async () => {
  const profile = createProfile({ mode: 'body' })
  const tab = await profile.signedIn()
  profile.browser.stored.record = undefined
  profile.browser.stored.mirror = null
  await profile.clock.advance(15_000)
  const answer = tab.session.authFetch('/api/me').catch((error: unknown) => error)
  await settle()
  expect(await answer).toMatchObject({ code: 'session_ended' })
  expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'storage-cleared', subject: 'alice' }])
  expect(tab.session.state.status).toBe('logged-out')
})
