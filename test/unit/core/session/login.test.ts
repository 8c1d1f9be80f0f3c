import { describe, expect, test } from 'vitest'
import { jsonTransport, renewTransport, slidingTransport } from '../../../../src/index.ts'
import { unsignedToken } from '../../../../src/testing/unsigned-token.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { settle } from '../../../support/settle.ts'
import { json } from '../../../support/fake-server.ts'
import { createProfile } from '../../../support/profile.ts'

const REFRESH = '/auth/refresh'
const names = (tab: VirtualTab): readonly string[] => tab.events.map(([name]) => name)

describe('login with the answer of the login call', () => {
  test('begins a session in all tabs, without a request', async () => {
    const profile = createProfile()
    const tab = await profile.openTab()
    const other = await profile.openTab()
    profile.server.forget()
    await tab.session.login(profile.server.signIn())
    await settle()
    expect(tab.eventsOf('started')).toEqual([{ subject: 'alice', initiator: 'this-tab' }])
    expect(other.eventsOf('started')).toEqual([{ subject: 'alice', initiator: 'other-tab' }])
    expect((await tab.session.authFetch('/api/me')).status).toBe(200)
    expect(profile.server.sentTo(REFRESH)).toEqual([])
  })

  test('counts in this tab though storage was cleared and the clock set back since the last one', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await tab.session.logout()
    profile.browser.clearSiteData()
    profile.clock.step(-3_600_000)
    await tab.session.login(profile.server.signIn('bob'))
    expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
    expect((await tab.session.authFetch('/api/me')).status).toBe(200)
  })

  test('that cannot be read rejects and changes nothing', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const { record } = profile
    await expect(tab.session.login({ error: 'nope' })).rejects.toMatchObject({
      code: 'invalid_response',
    })
    expect(profile.record).toEqual(record)
    expect(names(tab)).toEqual(['started'])
  })

  test('of the same sign-in while signed in is one more generation, and ends nothing', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const { session, key, epoch } = profile.record
    profile.server.hold('/api/slow', () => undefined)
    let aborted = false
    void tab.session.authFetch('/api/slow').catch(() => (aborted = true))
    await settle()
    // A step-up at the server: the same session, a new token.
    let answer: unknown
    profile.server.next('/auth/step-up', (_, handle) => handle())
    profile.server.next(REFRESH, async (_, handle) => {
      answer = await handle().json()
      return json({}, 500)
    })
    await profile.server.fetch('/auth/refresh', {
      method: 'POST',
      body: '{"sid":"s1"}',
      headers: { 'idempotency-key': 'a-step-up-at-the-server' },
    })
    await tab.session.login(answer)
    await settle()
    expect(profile.record).toMatchObject({ session, generation: 2, seq: 2, epoch })
    expect(profile.record.key).not.toBe(key)
    expect(names(tab)).toEqual(['started', 'refreshed'])
    expect(aborted).toBe(false)
  })

  test('of another user ends the session of the first in all tabs, before the new one starts', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const other = await profile.openTab()
    await other.session.getAccessToken()
    profile.server.hold('/api/slow', () => undefined)
    const flights = [tab, other].map(({ session }) =>
      session.authFetch('/api/slow', { method: 'POST' }).catch((error: unknown) => error),
    )
    await settle()
    await tab.session.login(profile.server.signIn('bob'))
    await settle()
    for (const [index, by] of ['this-tab', 'other-tab'].entries()) {
      const { events, session } = [tab, other][index] ?? tab
      expect(events.slice(1)).toMatchObject([
        ['ended', { reason: 'user-switched', initiator: by, subject: 'alice' }],
        ['started', { subject: 'bob', initiator: by }],
      ])
      expect(session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
    }
    for (const flight of flights) expect(await flight).toMatchObject({ code: 'session_changed' })
    expect(profile.server.sentTo('/api/slow')).toHaveLength(2)
  })

  test('of another user while a request waits for its token: it is never sent under the new one', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.expire()
    profile.server.hold(REFRESH, () => undefined)
    const answer = tab.session
      .authFetch('/api/pay', { method: 'POST' })
      .catch((error: unknown) => error)
    await settle()
    await tab.session.login(profile.server.signIn('bob'))
    await settle()
    expect(await answer).toMatchObject({ code: 'session_changed' })
    expect(profile.server.sentTo('/api/pay')).toEqual([])
  })

  test('of the same user again shows no end to the application', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await tab.session.login(profile.server.signIn('alice'))
    await settle()
    expect(tab.eventsOf('ended')).toEqual([])
    expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
    expect(profile.record.sid).toBe('s2')
    expect((await tab.session.authFetch('/api/me')).status).toBe(200)
  })

  test('of the same user shows no end either if the ID token has another name for the user than the access token', async () => {
    const profile = createProfile()
    const tab = await profile.openTab()
    const access_token = unsignedToken({ sub: 'a-7f' })
    await tab.session.login({ access_token })
    await tab.session.login({ access_token, id_token: unsignedToken({ sub: 'alice' }) })
    await settle()
    expect(tab.eventsOf('started').map(({ subject }) => subject)).toEqual(['a-7f', 'alice'])
    expect(tab.eventsOf('ended')).toEqual([])
  })

  test('while the page is still restoring wins over what is restored', async () => {
    const profile = createProfile()
    profile.server.signIn('alice')
    const tab = profile.browser.openTab()
    await tab.session.login(profile.server.signIn('bob'))
    await profile.clock.advance(2_000)
    expect(await tab.session.ready).toMatchObject({ status: 'logged-in', subject: 'bob' })
    expect(profile.server.isAlive('s2')).toBe(true)
    expect((await tab.session.authFetch('/api/me')).status).toBe(200)
    expect(tab.eventsOf('started')).toEqual([{ subject: 'bob', initiator: 'this-tab' }])
  })
})

describe('login without an answer', () => {
  test('fetches the first token with the cookie that the server has set', async () => {
    const profile = createProfile()
    const tab = await profile.openTab()
    const other = await profile.openTab()
    profile.server.forget()
    profile.server.signIn()
    await tab.session.login()
    await settle()
    expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
    expect(tab.eventsOf('started')).toEqual([{ subject: 'alice', initiator: 'this-tab' }])
    expect(other.eventsOf('started')).toEqual([{ subject: 'alice', initiator: 'other-tab' }])
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
  })

  test('rejects with no_session where there is none, and says nothing', async () => {
    const profile = createProfile()
    const tab = await profile.openTab()
    await expect(tab.session.login()).rejects.toMatchObject({ code: 'no_session' })
    expect(tab.session.state.status).toBe('logged-out')
    expect(tab.events).toEqual([])
  })

  test('rejects with refresh_unavailable where the server does not answer, and goes on trying', async () => {
    const profile = createProfile()
    const tab = await profile.openTab()
    profile.server.signIn()
    profile.server.next(REFRESH, () => json({}, 503))
    await expect(tab.session.login()).rejects.toMatchObject({ code: 'refresh_unavailable' })
    await profile.clock.advance(3_000)
    expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
    expect(tab.eventsOf('ended')).toEqual([])
  })

  test.each(['signed out', 'signed in', 'of the page that has just been opened'] as const)(
    'is not shown as the end of a session while the server does not answer, by a user who was %s',
    async (before) => {
      const profile = createProfile()
      const tab = before === 'signed in' ? await profile.signedIn() : profile.browser.openTab()
      if (before === 'signed out') await tab.session.ready
      const other = await profile.openTab()
      profile.server.signIn('bob')
      profile.server.hold(REFRESH, (leg) => leg.lose())
      const login = tab.session.login()
      await expect(profile.during(3_000, login)).rejects.toMatchObject({
        code: 'refresh_unavailable',
      })
      await profile.clock.advance(60_000)
      expect(tab.session.state).toMatchObject({ status: 'restoring', end: null })
      if (before === 'signed in') expect(other.session.state.status).toBe('restoring')
      for (const { eventsOf } of [tab, other]) expect(eventsOf('ended')).toEqual([])

      // A request waits for the answer, as it does while a page is restoring.
      const request = tab.session.authFetch('/api/me').then((response) => response.json())
      profile.server.hold(REFRESH, null)
      tab.tell('online')
      expect(await profile.during(5_000, request)).toMatchObject({ subject: 'bob' })
      for (const { session } of [tab, other])
        expect(session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
    },
  )

  describe.each([
    ['403', () => json({ error: 'csrf' }, 403)],
    ['404', () => json({}, 404)],
    ['204', () => new Response(null, { status: 204 })],
    ['{}', () => json({})],
  ])('at a server that answers with %s instead of a refusal', (_, answer) => {
    /** A page of alice's, in which bob signs in; the server answers that often in that way. */
    async function signingIn(times: number) {
      const profile = createProfile()
      const [tab, other] = [await profile.signedIn(), await profile.openTab()]
      profile.server.signIn('bob')
      for (let n = 0; n < times; n++) profile.server.next(REFRESH, answer)
      await expect(tab.session.login()).rejects.toMatchObject({ code: 'refresh_unavailable' })
      expect(tab.session.state.status).toBe('restoring')
      return { profile, tab, other }
    }

    test('is believed in for two answers: the sign-in may not be known everywhere yet', async () => {
      const { profile, tab, other } = await signingIn(2)
      await profile.clock.advance(5_000)
      for (const { session } of [tab, other])
        expect(session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
    })

    test('has failed after the third: no user is signed in, and no page asks again by itself', async () => {
      const { profile, tab, other } = await signingIn(100)
      await profile.clock.advance(5_000)
      const asked = profile.server.sentTo(REFRESH).length
      expect(asked).toBeLessThanOrEqual(4)
      await profile.clock.advance(600_000)
      expect(profile.server.sentTo(REFRESH)).toHaveLength(asked)
      for (const { session, eventsOf } of [tab, other]) {
        expect(session.state).toMatchObject({ status: 'logged-out' })
        expect(eventsOf('ended')).toMatchObject([{ subject: 'alice' }])
      }
    })

    test('is found by the next page, and by the others with it, once the server knows of it', async () => {
      const { profile, tab } = await signingIn(4)
      await profile.clock.advance(5_000)
      expect(tab.session.state.status).toBe('logged-out')
      await profile.openTab()
      await profile.clock.advance(1_000)
      expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
      expect(tab.eventsOf('started')).toMatchObject([{ subject: 'alice' }, { subject: 'bob' }])
    })
  })

  test('is over as soon as the server refuses, or the user logs out', async () => {
    for (const end of ['refusal', 'logout'] as const) {
      const profile = createProfile()
      const [tab, other] = [await profile.signedIn(), await profile.openTab()]
      profile.server.hold(REFRESH, (leg) => leg.lose())
      void tab.session.login().catch(() => undefined)
      await profile.clock.advance(100)
      expect(tab.session.state.status, end).toBe('restoring')
      if (end === 'logout') await tab.session.logout()
      else profile.server.revoke('s1')
      profile.server.hold(REFRESH, null)
      await profile.clock.advance(5_000)
      for (const { session } of [tab, other]) expect(session.state.status, end).toBe('logged-out')
    }
  })

  test.each([
    ['jsonTransport', jsonTransport('/auth')],
    ['slidingTransport', slidingTransport('/auth')],
    ['renewTransport', renewTransport('/auth')],
  ] as const)(
    'rejects with invalid_response where tokens come in bodies, and changes nothing: %s',
    async (_, transport) => {
      const profile = createProfile({ mode: 'body', transport })
      const tab = await profile.signedIn()
      const { record } = profile
      for (const login of [() => tab.session.login(), () => tab.session.login(undefined)])
        await expect(login()).rejects.toMatchObject({ code: 'invalid_response' })
      expect(profile.record).toEqual(record)
      expect(profile.server.sentTo(REFRESH)).toEqual([])
      expect(names(tab)).toEqual(['started'])
      expect((await tab.session.authFetch('/api/me')).status).toBe(200)
    },
  )

  test('of another user while signed in', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    profile.server.signIn('bob')
    await tab.session.login()
    await settle()
    expect(tab.events.slice(1)).toMatchObject([
      ['ended', { reason: 'user-switched', subject: 'alice' }],
      ['started', { subject: 'bob', initiator: 'this-tab' }],
    ])
  })

  test('of another user after renewals: the key of the next one is not spent on the cookie of another session', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.during(1_000, tab.session.getAccessToken({ forceRefresh: true }))
    const { key } = profile.record
    profile.server.signIn('bob')
    await tab.session.login()
    const sent = profile.server.sentTo(REFRESH).at(-1)?.headers.get('idempotency-key')
    expect(sent).toBe(profile.record.lastKey)
    expect(sent).not.toBe(key)
    expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
  })
})
