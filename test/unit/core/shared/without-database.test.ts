import { describe, expect, test } from 'vitest'
import { settle } from '../../../support/settle.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import type { Leg } from '../../../../src/testing/virtual-network.ts'
import type { Faults } from '../../../../src/testing/faults.ts'

const REFRESH = '/auth/refresh'
const forced = (tab: VirtualTab): Promise<unknown> =>
  tab.session.getAccessToken({ forceRefresh: true }).catch((error: unknown) => error)

/** Sets the cookie that a login elsewhere has left, and opens the first tab of this browser. */
async function openWithCookie(profile: Profile, faults: Partial<Faults>): Promise<VirtualTab> {
  profile.server.signIn()
  Object.assign(profile.browser.faults, faults)
  const tab = await profile.openTab()
  await profile.clock.advance(1_500)
  return tab
}

describe.each(['hangs', 'rejects'] as const)('G2: a record that %s', (record) => {
  test.each(['ok', 'refused'] as const)(
    'from the start, with a mirror that is %s: the page works, and hears once what is missing',
    async (mirror) => {
      const profile = createProfile()
      const tab = await openWithCookie(profile, { record, mirror })
      const { session } = tab

      const soon = <T>(work: Promise<T>): Promise<T> => profile.during(1_000, work)
      expect(session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
      expect((await soon(session.authFetch('/api/me'))).status).toBe(200)
      expect(await soon(forced(tab))).toBeTypeOf('string')
      await profile.clock.advance(600_000)
      expect((await soon(session.authFetch('/api/me'))).status).toBe(200)
      expect(await soon(session.logout())).toEqual({ server: 'later' })
      expect(session.state.status).toBe('logged-out')
      await settle()
      expect(profile.server.isAlive('s1')).toBe(false)

      await soon(session.login(profile.server.signIn('bob')))
      expect(session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
      await settle()
      expect(tab.eventsOf('degraded')).toEqual([
        { missing: 'record', to: mirror === 'ok' ? 'local-storage' : 'memory' },
      ])
      expect(profile.browser.written).toEqual([])
    },
  )

  test('nothing waits longer than half a second for it, and most calls not at all', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    profile.browser.faults.record = record
    await profile.expire()

    const first = tab.session.authFetch('/api/me')
    await profile.clock.advance(1_000)
    expect((await first).status).toBe(200)
    const tries = profile.browser.used.reads + profile.browser.used.updates
    // Five seconds without another try.
    for (let time = 0; time < 20; time++)
      expect((await tab.session.authFetch('/api/me')).status).toBe(200)
    expect(await forced(tab)).toBeTypeOf('string')
    expect(profile.browser.used.reads + profile.browser.used.updates).toBe(tries)
  })

  test('a guest renews with the key of the mirror, and all tabs with it', async () => {
    const profile = createProfile()
    const first = await profile.signedIn()
    const second = await profile.openTab()
    profile.browser.faults.record = record
    const { key } = JSON.parse(profile.browser.stored.mirror ?? '') as { key: string }
    await profile.expire()

    const answers = [first, second].map(({ session }) => session.authFetch('/api/me'))
    await profile.clock.advance(3_000)
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200)
    expect(profile.server.refreshes).toEqual([{ outcome: 'rotated', sid: 's1', seq: 1 }])
    expect(profile.server.sentTo(REFRESH)[0]?.headers.get('idempotency-key')).toBe(key)
  })

  test('what a guest did is in the record soon after it answers again', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    profile.browser.faults.record = record
    await profile.expire()
    const answer = tab.session.authFetch('/api/me')
    await profile.clock.advance(1_000)
    expect((await answer).status).toBe(200)
    expect(profile.record.seq).toBe(1)

    profile.browser.faults.record = 'ok'
    await profile.clock.advance(5_000)
    const other = await profile.openTab()
    expect(other.session.state.status).toBe('logged-in')
    expect(profile.record).toMatchObject({ seq: 2, generation: 2, sid: 's1' })
    expect(profile.server.refreshes).toHaveLength(1)
  })

  test('a sign-out of a guest reaches the tabs whose record works', async () => {
    const profile = createProfile()
    const healthy = await profile.signedIn()
    const guest = await profile.openTab()
    guest.faults.record = record
    const out = guest.session.logout()
    await profile.clock.advance(1_000)
    await out
    expect(guest.session.state.status).toBe('logged-out')
    expect(healthy.session.state.status).toBe('logged-out')
    expect(profile.record).toMatchObject({ status: 'logged-out' })
  })

  test('what a tab without a database has told the server is not told again, and every tab knows why the session ended', async () => {
    const profile = createProfile()
    await profile.signedIn()
    const guest = await profile.openTab()
    guest.faults.record = record
    const onTheirWay: Leg[] = []
    profile.server.hold('/auth/logout', (leg) => onTheirWay.push(leg))
    const out = guest.session.logout()
    await profile.clock.advance(1_000)
    await out
    // The other tab has completed the record, before anything was told.
    expect(profile.record).toMatchObject({ tombstone: { sid: 's1' }, end: { reason: 'logout' } })
    profile.server.hold('/auth/logout', null)
    for (const leg of onTheirWay) leg.pass()
    await settle()
    expect(await guest.session.takeLastEnd()).toMatchObject({ reason: 'logout' })

    const next = await profile.openTab()
    await profile.clock.advance(60_000)
    expect(await next.session.takeLastEnd()).toMatchObject({ reason: 'logout' })
    expect(profile.server.sentTo('/auth/logout')).toHaveLength(1)
    expect(profile.record.tombstone).toBeUndefined()
  })
})

describe('G2: a refresh token in a body', () => {
  test('is never used before it is written; its access token is served at once', async () => {
    const profile = createProfile({ mode: 'body' })
    const tab = await profile.signedIn()
    const before = profile.record
    await profile.expire()
    // The look succeeds, the write does not.
    profile.server.next(REFRESH, (_, handle) => {
      profile.browser.faults.record = 'hangs'
      return handle()
    })
    const first = forced(tab)
    await profile.clock.advance(600)
    expect(await first).toBeTypeOf('string')
    expect((await tab.session.authFetch('/api/me')).status).toBe(200)
    expect(profile.record).toEqual(before)

    // A token beyond this one would be bought with a refresh token that only this page knows.
    const second = forced(tab)
    await profile.clock.advance(16_000)
    expect(await second).toMatchObject({ code: 'refresh_unavailable' })
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(['rotated'])

    profile.browser.faults.record = 'ok'
    await profile.clock.advance(6_000)
    expect(profile.record).toMatchObject({ generation: 2, seq: 2 })
    expect(await forced(tab)).toBeTypeOf('string')
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(['rotated', 'rotated'])
  })

  test('that a full disk does not take ends nothing: a caller that asks for a newer token hears that there is none now', async () => {
    const profile = createProfile({ mode: 'body' })
    const tab = await profile.signedIn()
    profile.browser.faults.record = 'full'
    expect(await forced(tab)).toBeTypeOf('string')
    // Seldom tried to be written, as in a hidden page; and a full disk can be read, so that a renewal looks possible.
    profile.browser.faults.timers = 'throttled'
    tab.setVisible(false)
    await profile.clock.advance(30_000)
    const newer = forced(tab)
    await profile.clock.advance(120_000)
    expect(await newer).toMatchObject({ code: 'refresh_unavailable' })

    profile.browser.faults.record = 'ok'
    await profile.clock.advance(60_000)
    expect(await forced(tab)).toBeTypeOf('string')
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(['rotated', 'rotated'])
  })

  test('is tried to be written every second', async () => {
    const profile = createProfile({ mode: 'body' })
    const tab = await profile.signedIn()
    profile.server.next(REFRESH, (_, handle) => {
      profile.browser.faults.record = 'rejects'
      return handle()
    })
    expect(await forced(tab)).toBeTypeOf('string')
    // A guest tries IndexedDB every five seconds; healed just before, it is found within one more.
    await profile.clock.advance(4_500)
    profile.browser.faults.record = 'ok'
    await profile.clock.advance(1_600)
    expect(profile.record).toMatchObject({ generation: 2, seq: 2 })
  })

  test('page and its refresh token lost before the write: the next page repeats the step', async () => {
    const profile = createProfile({ mode: 'body' })
    const tab = await profile.signedIn()
    profile.server.next(REFRESH, (_, handle) => {
      profile.browser.faults.record = 'hangs'
      return handle()
    })
    const token = forced(tab)
    await profile.clock.advance(600)
    expect(await token).toBeTypeOf('string')
    tab.crash()
    profile.browser.faults.record = 'ok'
    const next = await profile.openTab()
    expect(await forced(next)).toBeTypeOf('string')
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(['rotated', 'repeated'])
  })

  test('that came with a login while nothing can be written works in this tab alone', async () => {
    const profile = createProfile({ mode: 'body' })
    profile.browser.faults.record = 'rejects'
    const tab = await profile.openTab()
    const other = await profile.openTab()
    await tab.session.login(profile.server.signIn())
    expect(await forced(tab)).toBeTypeOf('string')
    expect(await forced(tab)).toBeTypeOf('string')
    expect(other.session.state.status).toBe('logged-out')
    expect(profile.browser.stored.mirror ?? '').not.toContain('refresh-s1')

    profile.browser.faults.record = 'ok'
    await profile.clock.advance(6_000)
    expect(await forced(tab)).toBeTypeOf('string')
    expect(profile.record).toMatchObject({ seq: 4, sid: 's1' })
  })

  test('that came with a login while nothing can be written reaches the other tabs once it can, without a request', async () => {
    const profile = createProfile({ mode: 'body' })
    profile.browser.faults.record = 'hangs'
    const tab = await profile.openTab()
    const other = await profile.openTab()
    const login = tab.session.login(profile.server.signIn())
    await profile.clock.advance(1_000)
    await login
    expect(other.session.state.status).not.toBe('logged-in')

    profile.browser.faults.record = 'ok'
    await profile.clock.advance(10_000)
    expect(other.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
  })

  test('that no caller asks for is not written over and over while the database stays away', async () => {
    const profile = createProfile({ mode: 'body' })
    profile.browser.faults.record = 'rejects'
    const tab = await profile.openTab()
    await tab.session.login(profile.server.signIn())
    const { reads } = profile.browser.used
    await profile.clock.advance(300_000)
    expect(profile.browser.used.reads - reads).toBeLessThan(20)
  })

  test('with an old failure in the record is not asked for over and over while it cannot be kept', async () => {
    const profile = createProfile({ mode: 'body' })
    const tab = await profile.signedIn()
    profile.server.next(REFRESH, () => Response.json({}, { status: 500 }))
    tab.tell('woke')
    const failed = tab.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
    await settle()
    profile.browser.faults.record = 'rejects'
    const { locks } = profile.browser.used
    await profile.clock.advance(16_000)
    await failed
    expect(profile.browser.used.locks - locks).toBeLessThan(40)
  })

  test('a mirror never holds a token, whatever happens', async () => {
    const profile = createProfile({ mode: 'body' })
    const tab = await profile.signedIn()
    const mirrors = [profile.browser.stored.mirror]
    await forced(tab)
    mirrors.push(profile.browser.stored.mirror)
    void tab.session.logout()
    mirrors.push(profile.browser.stored.mirror)
    await settle()
    mirrors.push(profile.browser.stored.mirror)
    for (const mirror of mirrors) {
      expect(mirror).toContain('"epoch"')
      expect(mirror).not.toMatch(/refresh-s1|eyJ/)
    }
  })
})

describe('G2: a sign-out whose page dies before the commit', () => {
  test.each(['cookie', 'body'] as const)(
    'is completed by the next look anywhere, %s mode',
    async (mode) => {
      const profile = createProfile({ mode })
      const tab = await profile.signedIn()
      const other = await profile.openTab()
      void tab.session.logout()
      tab.crash()
      await settle()

      expect(other.session.state.status).toBe('logged-out')
      expect(other.eventsOf('ended')).toMatchObject([{ reason: 'logout', initiator: 'other-tab' }])
      expect(profile.record.status).toBe('logged-out')
      // The server hears of it from the next page, and is shown the refresh token that only the record still had.
      await profile.openTab()
      expect(profile.server.isAlive('s1')).toBe(false)
      expect(profile.record.tombstone).toBeUndefined()
    },
  )

  test('the only page: the next one does not restore what was signed out', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    void tab.session.logout()
    tab.crash()
    await settle()
    expect(profile.record.status).toBe('logged-in')
    const next = await profile.openTab()
    expect(next.session.state.status).toBe('logged-out')
    expect(next.eventsOf('started')).toEqual([])
    expect(profile.server.isAlive('s1')).toBe(false)
  })
})

test('G2: a record written late, after the tab had given it up, makes no second session', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  await profile.expire()
  // The page stands still in the middle of the write, as frozen pages do.
  let frozen = false
  profile.server.next(REFRESH, (_, handle) => {
    frozen = true
    profile.clock.soon(() => tab.freeze())
    return handle()
  })
  const token = forced(tab)
  await settle()
  expect(frozen).toBe(true)
  await profile.clock.advance(120_000)
  tab.thaw()
  await profile.clock.advance(2_000)
  // Who asked has lost patience while the page stood still; the page itself has what it needs.
  expect(await token).toMatchObject({ code: 'refresh_unavailable' })
  expect(await tab.session.getAccessToken()).toBeTypeOf('string')
  expect(tab.eventsOf('degraded')).toEqual([])
  expect(profile.record).toMatchObject({ status: 'logged-in', sid: 's1' })
  expect(new Set(profile.server.refreshes.map(({ outcome }) => outcome))).not.toContain('reused')
})

test('G2: a page that was a guest when it looked does not take the refresh token for lost', async () => {
  const profile = createProfile({ mode: 'body' })
  const first = await profile.signedIn()
  profile.browser.faults.record = 'rejects'
  first.close()
  const second = await profile.openTab()
  profile.browser.faults.record = 'ok'
  // The question to the siblings takes a second, in which the database may come back.
  await profile.clock.advance(30_000)
  expect(second.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
  expect((await profile.during(1_000, second.session.authFetch('/api/me'))).status).toBe(200)
})

test('G2: a session that only one tab can keep is not shown to tabs that cannot get at its refresh token', async () => {
  const profile = createProfile({ mode: 'body' })
  const first = await profile.openTab()
  profile.browser.faults.record = 'full'
  await first.session.login(profile.server.signIn('alice'))
  // As often as it looks, it tries to write what is not written yet.
  await profile.clock.advance(60_000)
  const second = await profile.openTab()
  await profile.clock.advance(600_000)
  profile.browser.faults.record = 'ok'
  await profile.clock.advance(30_000)
  expect([first, second].flatMap((tab) => tab.eventsOf('ended'))).toEqual([])
  expect((await profile.during(1_000, first.session.authFetch('/api/me'))).status).toBe(200)
})
