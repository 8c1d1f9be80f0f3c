import { describe, expect, test } from 'vitest'
import { cookieTransport } from '../../../../src/index.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { settle } from '../../../support/settle.ts'
import { gate, json } from '../../../support/fake-server.ts'
import { createProfile, plainStorage, type Profile } from '../../../support/profile.ts'
import type { Leg } from '../../../../src/testing/virtual-network.ts'
import type { TokenStorage } from '../../../../src/tokens.ts'
import { diagnosticsOf } from '../../../support/diagnostics-of.ts'

const REFRESH = '/auth/refresh'

/** A call whose outcome is looked at later, whatever it is. */
function asked(tab: VirtualTab): Promise<unknown> {
  return tab.session.getAccessToken().catch((error: unknown) => error)
}

async function isWaiting(call: Promise<unknown>): Promise<boolean> {
  return (await Promise.race([call, settle().then(() => 'waiting')])) === 'waiting'
}

/** Two signed-in tabs whose tokens have expired; the second has no lock to wait for. */
async function lockless(profile: Profile): Promise<readonly [VirtualTab, VirtualTab]> {
  const first = await profile.signedIn()
  const second = await profile.openTab()
  second.faults.locks = 'rejects'
  await profile.expire()
  return [first, second]
}

describe.each(['cookie', 'body'] as const)('one refresh for all tabs, %s mode', (mode) => {
  test('five tabs with ten requests each refresh once, and no request fails', async () => {
    const profile = createProfile({ mode })
    const tabs = [await profile.signedIn()]
    while (tabs.length < 5) tabs.push(await profile.openTab())
    await profile.expire()

    const answers = tabs.flatMap(({ session }) =>
      Array.from({ length: 10 }, () => session.authFetch('/api/me')),
    )
    await profile.clock.advance(2_000)

    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    expect(statuses).toEqual(Array<number>(50).fill(200))
    expect(profile.server.refreshes).toEqual([{ outcome: 'rotated', sid: 's1', seq: 1 }])
  })

  test('the request names the session, the number it spends and the key of its generation', async () => {
    const profile = createProfile({ mode })
    const tab = await profile.signedIn()
    const { key, generation } = profile.record
    await profile.expire()
    await tab.session.getAccessToken()

    const [sent] = profile.server.sentTo(REFRESH)
    expect(sent?.body).toMatchObject({ sid: 's1', seq: 1 })
    expect(sent?.headers.get('idempotency-key')).toBe(key)
    expect(sent?.keepalive).toBe(true)
    expect(profile.record).toMatchObject({ generation: generation + 1, seq: 2, lastKey: key })
    expect(profile.record.key).not.toBe(key)
  })

  test('an answer lost on the network is asked for again with the same key, and costs nothing', async () => {
    const profile = createProfile({ mode })
    const tab = await profile.signedIn()
    await profile.expire()
    const lost = (_: unknown, handle: () => Response): Response => {
      handle()
      throw new TypeError('Failed to fetch')
    }
    profile.server.next(REFRESH, lost)
    profile.server.next(REFRESH, lost)

    const token = tab.session.getAccessToken()
    await profile.clock.advance(1_000)

    expect(await token).toBeTypeOf('string')
    const keys = profile.server.sentTo(REFRESH).map(({ headers }) => headers.get('idempotency-key'))
    expect(new Set(keys).size).toBe(1)
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual([
      'rotated',
      'repeated',
      'repeated',
    ])
  })

  test('a page that dies in the middle of a refresh leaves a session that the next page restores', async () => {
    const profile = createProfile({ mode })
    const tab = await profile.signedIn()
    await profile.expire()
    const legs: Leg[] = []
    profile.server.hold(REFRESH, (leg) => legs.push(leg))
    void asked(tab)
    await settle()
    tab.crash()
    profile.server.hold(REFRESH, null)
    for (const leg of legs) leg.pass()
    await settle()

    const reloaded = await profile.openTab()
    expect(await reloaded.session.ready).toMatchObject({ status: 'logged-in', subject: 'alice' })
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(
      mode === 'cookie' ? ['rotated', 'ahead'] : ['rotated', 'repeated'],
    )
    expect(await reloaded.session.getAccessToken()).toBeTypeOf('string')
  })

  test('a refresh takes ten seconds at most, and is tried again with the same key', async () => {
    const profile = createProfile({ mode })
    const tab = await profile.signedIn()
    await profile.expire()
    profile.server.next(REFRESH, () => gate<Response>().promise)
    const token = asked(tab)

    await profile.clock.advance(9_900)
    expect(await isWaiting(token)).toBe(true)
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
    await profile.clock.advance(1_000)

    expect(await token).toBeTypeOf('string')
    const [first, second] = profile.server.sentTo(REFRESH)
    expect(second?.headers.get('idempotency-key')).toBe(first?.headers.get('idempotency-key'))
  })
})

describe('superseded (409)', () => {
  test('a lower number is answered by one more try with that number and the last key', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const before = new Map(profile.server.jar)
    await tab.session.getAccessToken({ forceRefresh: true })
    const { lastKey, seq } = profile.record
    // A browser that died before it wrote its cookies to disk: new record, old cookie.
    profile.server.jar.clear()
    for (const [name, value] of before) profile.server.jar.set(name, value)

    await tab.session.getAccessToken({ forceRefresh: true })

    const [, first, second] = profile.server.sentTo(REFRESH)
    expect(first?.body).toMatchObject({ seq })
    expect(second?.body).toMatchObject({ seq: 1 })
    expect(second?.headers.get('idempotency-key')).toBe(lastKey)
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual([
      'rotated',
      'superseded',
      'repeated',
    ])
  })

  test('a page that was away before that try was answered makes it again, without a failure or a pause', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const before = new Map(profile.server.jar)
    await tab.session.getAccessToken({ forceRefresh: true })
    profile.server.jar.clear()
    for (const [name, value] of before) profile.server.jar.set(name, value)
    profile.server.hold(REFRESH, (leg) => {
      // As in WebKit, where a request that was in flight when its page left never settles.
      if (leg.sent.body['seq'] !== 1) leg.pass()
    })
    const token = tab.session.getAccessToken({ forceRefresh: true })
    await profile.clock.advance(100)
    tab.cache()
    await profile.clock.advance(1_000)
    profile.server.hold(REFRESH, null)
    tab.thaw()
    expect(await profile.during(1_000, token)).toBeTypeOf('string')
    expect(tab.eventsOf('refresh-failed')).toEqual([])
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual([
      'rotated',
      'superseded',
      'repeated',
    ])
  })

  test('the cookie jar may go back twice: the step that was repeated keeps its key', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const before = new Map(profile.server.jar)
    await tab.session.getAccessToken({ forceRefresh: true })
    for (let time = 0; time < 2; time++) {
      profile.server.jar.clear()
      for (const [name, value] of before) profile.server.jar.set(name, value)
      await tab.session.getAccessToken({ forceRefresh: true })
    }
    expect(profile.server.isAlive('s1')).toBe(true)
    await tab.session.getAccessToken({ forceRefresh: true })
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual([
      'rotated',
      'superseded',
      'repeated',
      'superseded',
      'repeated',
      'rotated',
    ])
  })

  test('a jar two steps behind is not answered with a key that would look like a thief', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const before = new Map(profile.server.jar)
    await tab.session.getAccessToken({ forceRefresh: true })
    await tab.session.getAccessToken({ forceRefresh: true })
    profile.server.jar.clear()
    for (const [name, value] of before) profile.server.jar.set(name, value)

    const token = tab.session.getAccessToken({ forceRefresh: true }).catch((e: unknown) => e)
    await profile.clock.advance(12_000)
    expect(await token).toMatchObject({ code: 'session_ended', reason: 'refresh-rejected' })
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual([
      'rotated',
      'rotated',
      'superseded',
    ])
  })

  test('a tab that sent the next step before the repeated one is understood afterwards', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const old = new Map(profile.server.jar)
    await tab.session.getAccessToken({ forceRefresh: true })
    // Sent by a page that is gone, and underway for long.
    const legs: Leg[] = []
    profile.server.hold(REFRESH, (leg) => legs.push(leg))
    void asked(tab)
    void tab.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
    await settle()
    tab.crash()
    profile.server.hold(REFRESH, null)
    profile.server.jar.clear()
    for (const [name, value] of old) profile.server.jar.set(name, value)

    const next = await profile.openTab()
    await profile.clock.advance(1_000)
    for (const leg of legs) leg.pass()
    await settle()
    await next.session.getAccessToken({ forceRefresh: true })

    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual([
      'rotated',
      'superseded',
      'repeated',
      'rotated',
      'ahead',
    ])
  })

  test('otherwise the record is looked at and the server is asked after 250 ms, 1 s, 4 s and 6 s, and then the session is over', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.expire()
    for (let n = 0; n < 5; n++)
      profile.server.next(REFRESH, () => json({ error: 'refresh_superseded', seq: 1 }, 409))
    void asked(tab)
    await settle()

    const looks: number[] = []
    const startedAt = profile.clock.now()
    let { reads } = profile.browser.used
    while (profile.clock.now() < startedAt + 12_000) {
      await profile.clock.advance(50)
      await settle()
      if (profile.browser.used.reads > reads) looks.push(profile.clock.now() - startedAt)
      ;({ reads } = profile.browser.used)
    }
    expect(looks).toEqual([250, 1_250, 5_250, 11_250])
    expect(tab.eventsOf('ended')).toMatchObject([
      { reason: 'refresh-rejected', initiator: 'server' },
    ])
    expect(profile.server.sentTo(REFRESH)).toHaveLength(5)
  })

  test('a tab that was quicker is found and its token adopted', async () => {
    const profile = createProfile()
    const [slow, quick] = await lockless(profile)
    const answer = gate<Response>()
    profile.server.next(REFRESH, () => answer.promise)
    const token = asked(slow)
    await settle()
    await profile.clock.advance(0)
    const quicker = asked(quick)
    await settle()
    answer.open(json({ error: 'refresh_superseded', seq: 1 }, 409))
    await profile.clock.advance(250)

    expect(await token).toBe(await quicker)
    expect(slow.session.state.status).toBe('logged-in')
    expect(profile.server.sentTo(REFRESH)).toHaveLength(2)
  })
})

describe('verdict', () => {
  test('the record is looked at once more after 1 s, and a quicker tab adopted from', async () => {
    const profile = createProfile()
    const [slow, quick] = await lockless(profile)
    // Its channel delivers nothing, so that only the look can tell.
    profile.browser.faults.channel = 'deaf'
    const answer = gate<Response>()
    profile.server.next(REFRESH, () => answer.promise)
    const token = asked(slow)
    await settle()
    answer.open(json({ error: 'invalid_grant' }, 401))
    await settle()
    const quicker = await asked(quick)
    profile.browser.faults.channel = 'ok'
    await profile.clock.advance(999)
    expect(await isWaiting(token)).toBe(true)
    await profile.clock.advance(1)

    expect(await token).toBe(quicker)
    expect(slow.eventsOf('ended')).toEqual([])
  })

  test('without a quicker tab it is believed after that second', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.expire()
    profile.server.next(REFRESH, () => json({ error: 'invalid_grant' }, 401))
    const token = asked(tab)
    await profile.clock.advance(999)
    await settle()
    expect(tab.session.state.status).toBe('logged-in')
    await profile.clock.advance(1)

    expect(await token).toMatchObject({ code: 'session_ended', reason: 'refresh-rejected' })
    expect(tab.session.state.status).toBe('logged-out')
  })

  test.each([
    ['reuse_detected', 'reuse-detected'],
    ['session_revoked', 'revoked'],
  ])('%s ends the session at once, though its token would still live', async (error, reason) => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const other = await profile.openTab()
    profile.server.next(REFRESH, () => json({ error }, 401))
    void tab.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
    await profile.clock.advance(1_000)
    await settle()

    for (const { eventsOf, session } of [tab, other]) {
      expect(eventsOf('ended')).toMatchObject([{ reason, initiator: 'server', subject: 'alice' }])
      expect(session.state).toMatchObject({ status: 'logged-out', end: { reason } })
    }
  })

  test('a plain invalid_grant leaves the token that still works, and no tab repeats it', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const other = await profile.openTab()
    profile.server.next(REFRESH, () => json({ error: 'invalid_grant' }, 400))
    const refused = tab.session.getAccessToken({ forceRefresh: true }).catch((e: unknown) => e)
    await profile.clock.advance(1_000)
    expect(await refused).toMatchObject({ code: 'session_ended', reason: 'refresh-rejected' })

    for (const { session } of [tab, other]) {
      expect((await session.authFetch('/api/me')).status).toBe(200)
      const again = session.getAccessToken({ forceRefresh: true })
      await expect(again).rejects.toMatchObject({ code: 'session_ended' })
    }
    await profile.clock.advance(500_000)
    expect((await other.session.authFetch('/api/me')).status).toBe(200)
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
    expect(tab.eventsOf('ended')).toEqual([])
    expect(tab.session.state.endsAt).toBe(tab.session.state.accessExpiresAt)

    await profile.clock.advance(100_000)
    await settle()
    for (const { eventsOf } of [tab, other])
      expect(eventsOf('ended')).toMatchObject([{ reason: 'refresh-rejected' }])
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
  })

  test.each(['closed', 'frozen'] as const)(
    'a plain invalid_grant ends the session at once if no tab has a token: the tab that had it is %s',
    async (fate) => {
      const profile = createProfile()
      const holder = await profile.signedIn()
      if (fate === 'closed') holder.close()
      else holder.freeze()
      profile.server.next(REFRESH, () => json({ error: 'invalid_grant' }, 401))
      const tab = await profile.openTab()
      const request = tab.session.authFetch('/api/me').catch((error: unknown) => error)
      await profile.clock.advance(3_000)

      expect(tab.eventsOf('ended')).toMatchObject([
        { reason: 'refresh-rejected', initiator: 'server', subject: 'alice' },
      ])
      expect(await request).toMatchObject({ code: 'session_ended', reason: 'refresh-rejected' })
      expect(profile.record).toMatchObject({ status: 'logged-out', sealed: undefined })
    },
  )

  test('a plain invalid_grant does not end the session if another tab has a token, which is handed over', async () => {
    const profile = createProfile()
    const holder = await profile.signedIn()
    profile.server.next(REFRESH, () => {
      profile.browser.holdMessages(null)
      return json({ error: 'invalid_grant' }, 401)
    })
    // No answer arrives in time to spare the page its refresh.
    profile.browser.holdMessages(() => undefined)
    const tab = await profile.openTab()
    await profile.clock.advance(3_000)

    expect((await tab.session.authFetch('/api/me')).status).toBe(200)
    for (const { session, eventsOf } of [holder, tab]) {
      expect(session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
      expect(eventsOf('ended')).toEqual([])
    }
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
  })

  test('a session that was refused before ends when the last tab with its token is gone and another page opens', async () => {
    const profile = createProfile()
    const holder = await profile.signedIn()
    profile.server.next(REFRESH, () => json({ error: 'invalid_grant' }, 401))
    void holder.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
    await profile.clock.advance(3_000)
    expect(holder.session.state.endsAt).toBe(holder.session.state.accessExpiresAt)

    const second = await profile.openTab()
    await profile.clock.advance(100)
    expect((await second.session.authFetch('/api/me')).status).toBe(200)
    for (const tab of [holder, second]) tab.close()
    const third = await profile.openTab()
    await profile.clock.advance(3_000)
    expect(third.session.state).toMatchObject({
      status: 'logged-out',
      end: { reason: 'refresh-rejected' },
    })
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
  })

  test('a session that was refused before lives on in a page whose refresh token is in the record: the access token is there too', async () => {
    const profile = createProfile({ mode: 'body' })
    const holder = await profile.signedIn()
    holder.close()
    await profile.clock.advance(300_000)
    profile.server.next(REFRESH, () => json({ error: 'invalid_grant' }, 401))
    const tab = await profile.openTab()
    void tab.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
    await profile.clock.advance(3_000)
    expect((await tab.session.authFetch('/api/me')).status).toBe(200)
    tab.close()
    const next = await profile.openTab()
    await profile.clock.advance(3_000)
    expect((await next.session.authFetch('/api/me')).status).toBe(200)
    await profile.clock.advance(300_000)
    expect(next.eventsOf('ended')).toMatchObject([{ reason: 'refresh-rejected' }])
  })

  test('after a plain invalid_grant the first 401 of the API ends the session', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    profile.server.next(REFRESH, () => json({ error: 'invalid_grant' }, 400))
    void tab.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
    await profile.clock.advance(1_000)
    expect(tab.session.state.status).toBe('logged-in')

    profile.server.revoke('s1')
    expect((await tab.session.authFetch('/api/me')).status).toBe(401)
    await settle()
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'refresh-rejected' }])
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
  })
})

describe('an answer that says nothing about the session', () => {
  test.each([
    ['another sid', { sid: 'stranger' }],
    ['another subject', { access_token: `e30.${btoa('{"sub":"bob"}')}.x` }],
  ])('E1: an answer for %s is discarded', async (_, foreign) => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const { generation } = profile.record
    profile.server.next(REFRESH, async (_, handle) => {
      const answer = (await handle().json()) as object
      return json({ ...answer, ...foreign })
    })
    const old = await tab.session.getAccessToken()
    const token = tab.session.getAccessToken({ forceRefresh: true })
    await settle()
    expect(profile.record).toMatchObject({ generation, sid: 's1', subject: 'alice' })

    // The step is simply repeated with its key, and nothing was lost.
    await profile.clock.advance(1_000)
    expect(tab.eventsOf('refresh-failed')).toEqual([])
    expect(await token).not.toBe(old)
    expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
    expect(tab.eventsOf('ended')).toEqual([])
  })

  test('E1: answers for another user, again and again, end the session: its cookie is no more', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const other = await profile.openTab()
    await profile.expire()
    for (let n = 0; n < 2; n++) {
      profile.server.next(REFRESH, async (_, handle) => {
        const answer = (await handle().json()) as object
        return json({ ...answer, sid: 's2', access_token: `e30.${btoa('{"sub":"bob"}')}.x` })
      })
    }
    const token = tab.session.getAccessToken().catch((error: unknown) => error)
    await settle()
    expect(tab.session.state.status).toBe('logged-in')
    await profile.clock.advance(5_000)
    await settle()
    expect(await token).toMatchObject({ code: 'session_ended', reason: 'user-switched' })
    for (const { eventsOf } of [tab, other])
      expect(eventsOf('ended')).toMatchObject([{ reason: 'user-switched', subject: 'alice' }])
    expect(profile.server.sentTo(REFRESH)).toHaveLength(2)
  })

  test('E1: one answer for another user does not end the session, whatever has failed before', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.expire()
    const stranger = { sid: 's2', access_token: `e30.${btoa('{"sub":"bob"}')}.x` }
    profile.server.next(REFRESH, () => json({}, 503))
    profile.server.next(REFRESH, async (_, handle) => {
      const answer = (await handle().json()) as object
      return json({ ...answer, ...stranger })
    })
    const token = tab.session.getAccessToken()
    await profile.clock.advance(5_000)
    expect(await token).toBeTypeOf('string')
    expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
    expect(tab.eventsOf('ended')).toEqual([])
    expect(profile.server.sentTo(REFRESH)).toHaveLength(3)
  })

  test('E1: a login that is written within two seconds of its cookie finds the old session still there', async () => {
    const profile = createProfile()
    const [tab, other] = [await profile.signedIn(), await profile.openTab()]
    await profile.expire()
    const answer = profile.server.signIn('bob')
    profile.server.hold(REFRESH, (leg) => {
      leg.pass(leg.way === 'up' ? () => json({ ...answer, seq: undefined }) : undefined)
    })
    const states: string[] = []
    tab.session.subscribe(() => states.push(tab.session.state.status))
    const token = tab.session.getAccessToken().catch((error: unknown) => error)
    await profile.clock.advance(1_900)
    await other.session.login(answer)
    await profile.clock.advance(1_000)
    expect(await token).toMatchObject({ code: 'session_changed' })
    expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
    expect(states).not.toContain('logged-out')
  })

  test('requests that come during a pause wait for its end: no lock, no message, and one log entry for each attempt', async () => {
    const profile = createProfile()
    const [tab, other] = [await profile.signedIn(), await profile.openTab()]
    await profile.expire()
    for (let n = 0; n < 3; n++) profile.server.next(REFRESH, () => json({}, 503))
    const answers = [tab.session.authFetch('/api/me')]
    await settle()
    const { locks } = profile.browser.used
    const posted = profile.browser.posted.length
    for (let n = 1; n < 100; n++) {
      answers.push((n % 2 ? tab : other).session.authFetch('/api/me'))
      await settle()
    }
    expect(profile.browser.used.locks).toBe(locks)
    expect(profile.browser.posted).toHaveLength(posted)

    const done = await profile.during(15_000, Promise.all(answers))
    expect(new Set(done.map(({ status }) => status))).toEqual(new Set([200]))
    expect(profile.server.sentTo(REFRESH)).toHaveLength(4)
    const { events } = await diagnosticsOf(tab.session)
    const entries = events.filter(({ event }) => event === 'refresh')
    expect(entries.map(({ outcome }) => outcome)).toEqual([
      // The question of a page that has just opened.
      'over',
      'unavailable',
      'unavailable',
      'unavailable',
      'renewed',
    ])
  })

  test('Retry-After is honoured by all tabs, and `online` does not cut it short', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const other = await profile.openTab()
    await profile.expire()
    const startedAt = profile.clock.now()
    profile.server.next(REFRESH, () => json({}, 503, { 'retry-after': '120' }))
    const first = asked(tab)
    await settle()
    const retryAt = startedAt + 120_000
    expect(await first).toMatchObject({ code: 'refresh_unavailable', retryAt })
    expect(await asked(other)).toMatchObject({ code: 'refresh_unavailable', retryAt })
    other.tell('online')
    await profile.clock.advance(100_000)
    expect(await asked(other)).toMatchObject({ code: 'refresh_unavailable', retryAt })
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
    expect(tab.eventsOf('refresh-failed')).toEqual([{ retryAt, status: 503 }])

    await profile.clock.advance(21_000)
    expect(await asked(other)).toBeTypeOf('string')
    expect(profile.server.sentTo(REFRESH)).toHaveLength(2)
  })

  test('a server can ask for an hour of patience, and for no more', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.expire()
    profile.server.next(REFRESH, () => json({}, 429, { 'retry-after': '86400' }))
    expect(await asked(tab)).toMatchObject({ code: 'refresh_unavailable' })
    await profile.clock.advance(3_500_000)
    expect(await asked(tab)).toMatchObject({ code: 'refresh_unavailable' })
    expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
    await profile.clock.advance(110_000)
    expect(await asked(tab)).toBeTypeOf('string')
  })

  test('failures in a row are spaced ever wider, at most a minute, and the same for all tabs', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.openTab()
    await profile.expire()
    const atMs: number[] = []
    profile.server.hold(REFRESH, (leg) => {
      if (leg.way === 'up') atMs.push(profile.clock.now())
      leg.pass(() => json({}, 500))
    })
    tab.tell('woke')
    await profile.clock.advance(300_000)
    const pauses = atMs.slice(1).map((at, index) => at - (atMs[index] ?? at))
    // The middle between half of a span and all of it: of 0.4 s three times, of 0.8, 1.6, … s, and never more than 60.
    expect(pauses.slice(0, 6)).toEqual([300, 300, 300, 600, 1_200, 2_400])
    expect(Math.max(...pauses)).toBe(45_000)
    expect(tab.session.state.status).toBe('logged-in')
  })

  test('`online` wakes a refresh that failed', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.expire()
    profile.server.hold(REFRESH, (leg) => leg.lose())
    tab.tell('woke')
    await profile.clock.advance(25_000)
    const before = profile.server.sentTo(REFRESH).length
    const [failed] = tab.eventsOf('refresh-failed').slice(-1)
    expect(failed?.retryAt).toBeGreaterThan(profile.clock.now() + 5_000)
    expect(failed?.status).toBeNull()

    profile.server.hold(REFRESH, null)
    tab.tell('online')
    await profile.clock.advance(1_000)
    expect(profile.server.sentTo(REFRESH).length).toBeGreaterThan(before)
    expect(tab.eventsOf('refreshed')).toMatchObject([{ by: 'this-tab' }])
  })
})

test('a tab that waits while another one refreshes gets its token without a request or a lock', async () => {
  const profile = createProfile()
  const first = await profile.signedIn()
  const second = await profile.openTab()
  await profile.expire()
  const answer = gate<Response>()
  let handle = (): Response => new Response()
  profile.server.next(REFRESH, (_, now) => {
    handle = now
    return answer.promise
  })
  const { timers } = second
  const tokens = [asked(first), asked(second)]
  await profile.clock.advance(3_000)
  answer.open(handle())
  await settle()
  const [one, other] = await Promise.all(tokens)
  expect(one).toBeTypeOf('string')
  expect(other).toBe(one)
  expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
  expect(second.eventsOf('refreshed')).toMatchObject([{ by: 'other-tab' }])
  expect(second.timers).toBe(timers)
  expect((await diagnosticsOf(second.session)).lock).toEqual({ heldBy: null, pending: 0 })
})

test('a tab that was handed a token stops asking for the lock', async () => {
  const profile = createProfile()
  const [first, second] = [await profile.signedIn(), await profile.openTab()]
  await profile.expire()
  second.faults.locks = 'never'
  const { timers } = second
  const tokens = [asked(first), asked(second)]
  await profile.clock.advance(100)
  expect(await tokens[1]).toBe(await tokens[0])
  expect(second.timers).toBe(timers)
  const { locks } = profile.browser.used
  await profile.clock.advance(20_000)
  expect(profile.browser.used.locks).toBe(locks)
  expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
})

test('a refresh leaves nothing behind that waits', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  const { timers, holding } = tab
  await tab.session.getAccessToken({ forceRefresh: true })
  await settle()
  expect([tab.timers, tab.holding]).toEqual([timers, holding])
})

test('a token storage that fails counts as an outage, and its error is the cause', async () => {
  let cause: Error | undefined
  const storage: TokenStorage = {
    ...plainStorage,
    open: (sealed) => (cause ? Promise.reject(cause) : plainStorage.open(sealed)),
  }
  const profile = createProfile({ mode: 'body', storage })
  const tab = await profile.signedIn()
  await profile.expire()
  cause = new Error('The key is gone')
  const refused = await profile.during(20_000, asked(tab))
  expect(refused).toMatchObject({ code: 'refresh_unavailable', cause })
  expect(tab.session.state.status).toBe('logged-in')
  cause = undefined
  expect(await profile.during(2_000, asked(tab))).toBeTypeOf('string')
})

test('a transport that throws at once is an outage, after which requests go out as before', async () => {
  const cookies = cookieTransport('/auth')
  const profile = createProfile({
    transport: {
      ...cookies,
      refresh() {
        throw new Error('Not today')
      },
    },
  })
  const tab = await profile.signedIn()
  const refused = tab.session.getAccessToken({ forceRefresh: true }).catch((e: unknown) => e)
  expect(await profile.during(20_000, refused)).toMatchObject({ code: 'refresh_unavailable' })
  expect((await tab.session.authFetch('/api/me')).status).toBe(200)
})

test('storage that was cleared unseen is found out by the next refresh', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  await tab.session.authFetch('/api/me')
  profile.browser.stored.record = undefined
  profile.browser.stored.mirror = null
  const refused = tab.session.getAccessToken({ forceRefresh: true }).catch((e: unknown) => e)
  await settle()
  expect(await refused).toMatchObject({ code: 'session_ended' })
  expect(tab.eventsOf('ended')).toMatchObject([
    { reason: 'storage-cleared', initiator: 'other-tab' },
  ])
  expect(profile.server.sentTo(REFRESH)).toEqual([])
})

test('a caller who gives up leaves the refresh to the others', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  await profile.expire()
  const answer = gate<Response>()
  let handle = (): Response => new Response()
  profile.server.next(REFRESH, (_, now) => {
    handle = now
    return answer.promise
  })
  const caller = new AbortController()
  const mine = tab.session.getAccessToken({ signal: caller.signal }).catch((e: unknown) => e)
  const others = asked(tab)
  await settle()
  caller.abort('enough')
  expect(await mine).toBe('enough')
  answer.open(handle())
  expect(await others).toBeTypeOf('string')
  expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
})
