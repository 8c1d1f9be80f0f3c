import { describe, expect, test } from 'vitest'
import type { SessionRecord } from '../../../../src/core/record/record.ts'
import { idleTimeout, type SessionError } from '../../../../src/index.ts'
import { unsignedToken } from '../../../../src/testing/unsigned-token.ts'
import { json } from '../../../support/fake-server.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'

// Two records that version 0.1.0 has written, after a login with limits and an idle timeout, without and with tokens in
// them. Later versions have to read this layout, and to write it so that version 0.1.0 reads it: while a release is
// deployed, tabs of both are open.
const BEGAN_AT = 1_700_000_000_000
const COOKIE_RECORD = {
  v: 1,
  generation: 1,
  subject: 'alice',
  sid: 's1',
  seq: 1,
  lastKey: 'id-8-0000000000000000000000',
  accessExpiresAt: 1_700_000_600_000,
  lifetimeMs: 600_000,
  limits: { session: 1_700_007_200_000, refresh: 1_700_003_600_000 },
  idle: { afterMs: 900_000, lastActivityAt: 1_700_000_000_000 },
  sealed: null,
  session: 'id-7-0000000000000000000000',
  key: 'id-6-0000000000000000000000',
  epoch: 1_700_000_000_002,
  status: 'logged-in',
  seenAt: 1_700_000_000_000,
}
const BODY_RECORD = {
  ...COOKIE_RECORD,
  sealed: {
    accessToken: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSIsInNpZCI6InMxIiwibiI6MX0.unsigned',
    expiresInMs: 600_000,
    refreshToken: 'refresh-s1-1',
    refreshExpiresInMs: 3_600_000,
    sessionExpiresInMs: 7_200_000,
    sessionId: 's1',
    sequence: 1,
  },
}

/** A browser in which a user is signed in, by a record of version 0.1.0. */
function upgraded(mode: 'cookie' | 'body'): Profile {
  const profile = createProfile({ mode })
  expect(profile.clock.now()).toBe(BEGAN_AT)
  profile.server.signIn('alice', { session_expires_in: 7_200, refresh_expires_in: 3_600 })
  profile.browser.stored.record = mode === 'body' ? BODY_RECORD : COOKIE_RECORD
  profile.browser.stored.mirror = JSON.stringify({ ...COOKIE_RECORD, sealed: undefined })
  return profile
}

describe.each(['cookie', 'body'] as const)('a record of version 0.1.0, in %s mode', (mode) => {
  test('is a session that goes on: its limits hold, and it is renewed', async () => {
    const profile = upgraded(mode)
    const tab = await profile.openTab()
    expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
    expect(tab.session.state.endsAt).toBe(BEGAN_AT + 900_000)
    expect((await profile.during(10_000, tab.session.authFetch('/api/me'))).status).toBe(200)
    await profile.during(10_000, tab.session.getAccessToken({ forceRefresh: true }))
    expect(profile.record.generation).toBeGreaterThan(1)
    expect(tab.eventsOf('ended')).toEqual([])
  })

  test('is written in the same layout, so that a tab of version 0.1.0 reads and writes it', async () => {
    const profile = upgraded(mode)
    const tab = await profile.openTab()
    await profile.during(10_000, tab.session.getAccessToken({ forceRefresh: true }))
    const { record } = profile
    expect(record.v).toBe(1)
    for (const field of Object.keys(COOKIE_RECORD)) expect(record, field).toHaveProperty(field)
    // Version 0.1.0 makes its limits anew with each generation: what this version has added goes with them.
    profile.browser.stored.record = {
      ...record,
      generation: record.generation + 1,
      accessExpiresAt: profile.clock.now() + 600_000,
      lifetimeMs: 600_000,
      limits: { session: record.limits.session, refresh: record.limits.refresh },
      rejected: true,
    }
    tab.tell('woke')
    await profile.browser.settle()
    await profile.clock.advance(590_000)
    expect(tab.session.state.status).toBe('logged-in')
    await profile.clock.advance(20_000)
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'refresh-rejected' }])
  })

  test('is ended by a logout, of which the server is told', async () => {
    const profile = upgraded(mode)
    const tab = await profile.openTab()
    await profile.during(10_000, tab.session.logout())
    expect(profile.record).toMatchObject({ v: 1, status: 'logged-out', tombstone: undefined })
    expect(profile.server.isAlive('s1')).toBe(false)
  })
})

test('the server is told of the end of a session that version 0.1.0 began over one that lived on in another application', async () => {
  const profile = createProfile({ idle: idleTimeout({ afterMs: 300_000 }) })
  const tab = await profile.signedIn()
  // Version 0.1.0 clears what it knows, `rejected`, and lets the rest be.
  profile.browser.stored.record = { ...profile.record, livesOn: true }
  tab.tell('woke')
  await profile.clock.advance(310_000)
  expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'idle' }])
  expect(profile.server.isAlive('s1')).toBe(false)
})

describe('a record of version 0.1.0, which knows its user by one name', () => {
  const tokensOf = (sub: string) => () =>
    json({ access_token: unsignedToken({ sub }), refresh_token: 'next', expires_in: 600 })

  test('of a server that names no session is not renewed with the token of another user', async () => {
    const profile = createProfile()
    profile.browser.stored.record = { ...COOKIE_RECORD, sid: null, seq: null }
    profile.server.next('/auth/refresh', tokensOf('bob'))
    const tab = await profile.openTab()
    await profile.clock.advance(500)
    expect(tab.eventsOf('refreshed')).toEqual([])
    expect(profile.record).toMatchObject({ generation: 1, subject: 'alice' })
    profile.server.next('/auth/refresh', tokensOf('alice'))
    await profile.during(5_000, tab.session.getAccessToken())
    expect(profile.record).toMatchObject({ generation: 2, subject: 'alice' })
    expect(tab.session.state).toMatchObject({ claims: { sub: 'alice' } })
  })

  test('is renewed where the tokens in it have another name for that user', async () => {
    const profile = createProfile({ mode: 'body' })
    const sealed = { ...BODY_RECORD.sealed, accessToken: unsignedToken({ sub: 'a-7f' }) }
    profile.browser.stored.record = {
      ...BODY_RECORD,
      sealed: { ...sealed, idToken: unsignedToken({ sub: 'alice' }) },
    }
    const tab = await profile.openTab()
    profile.server.next('/auth/refresh', tokensOf('a-7f'))
    await profile.during(2_000, tab.session.getAccessToken({ forceRefresh: true }))
    expect(profile.record).toMatchObject({ generation: 2, subject: 'alice' })
    profile.server.next('/auth/refresh', tokensOf('b-03'))
    void tab.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
    await profile.clock.advance(2_000)
    expect(profile.record.generation).toBe(2)
  })
})

// What a release after this one may have left, once it is taken back or while its tabs are open too. `session`, `epoch`
// and `generation` are in every version.
type Change = (record: SessionRecord) => object
const NEWER: readonly (readonly [string, Change])[] = [
  ['of this layout', (record) => ({ ...record, v: 2 })],
  ['whose version is a text', (record) => ({ ...record, v: '2' })],
  ['with its idle limit elsewhere', ({ idle, ...record }) => ({ ...record, v: 2, away: idle })],
  ['with other limits', (record) => ({ ...record, v: 2, limits: [record.limits] })],
  ['with another status', (record) => ({ ...record, v: 2, status: { name: 'active' } })],
  [
    'with nothing else that this version knows',
    ({ session, epoch, generation }) => ({ v: 2, session, epoch, generation, users: ['alice'] }),
  ],
]

describe.each(['cookie', 'body'] as const)('in %s mode, a record of a newer version', (mode) => {
  describe.each(NEWER)('%s', (_, change) => {
    /** Writes the record as a newer version would, in a browser in which Alice is signed in. */
    async function withNewer() {
      const profile = createProfile({ mode, idle: idleTimeout({ afterMs: 900_000 }) })
      const tab = await profile.signedIn()
      const newer = change(profile.record)
      const { stored } = profile.browser
      const write = (): void => {
        stored.record = newer
        stored.mirror = JSON.stringify({ ...newer, sealed: undefined })
      }
      return { profile, tab, newer, write }
    }

    test('outlives a page that restores, renews and waits', async () => {
      const { profile, tab, newer, write } = await withNewer()
      tab.crash()
      write()
      const next = await profile.openTab()
      await profile.expire()
      await profile.during(30_000, outcomeOf(next.session.authFetch('/api/me')))
      next.close()
      await profile.openTab()
      await profile.clock.advance(3_600_000)
      expect(profile.record).toEqual(newer)
      expect(profile.server.sentTo('/auth/refresh')).toEqual([])
    })

    test('whose token has expired locks no user out: a page shows the sign-in, and login() begins a session', async () => {
      const { profile, tab, write } = await withNewer()
      tab.crash()
      write()
      await profile.expire()
      const next = await profile.openTab()
      expect((await next.session.ready).status).toBe('logged-out')
      expect(await outcomeOf(next.session.authFetch('/api/me'))).toBe(401)
      await next.session.login(profile.server.signIn('bob'))
      expect(await outcomeOf(next.session.authFetch('/api/me'))).toBe(200)
      await profile.during(10_000, next.session.getAccessToken({ forceRefresh: true }))
      expect(profile.record).toMatchObject({ v: 1, status: 'logged-in', subject: 'bob' })
      expect((await profile.openTab()).session.state).toMatchObject({ subject: 'bob' })
    })

    test('is replaced by a login that was made while IndexedDB failed, as soon as that answers again', async () => {
      const { profile, tab, write } = await withNewer()
      tab.crash()
      write()
      profile.browser.faults.record = 'rejects'
      const next = await profile.openTab()
      await profile.during(10_000, next.session.ready)
      await next.session.login(profile.server.signIn('bob'))
      profile.browser.faults.record = 'ok'
      await profile.clock.advance(60_000)
      expect(profile.record).toMatchObject({ v: 1, status: 'logged-in', subject: 'bob' })
      await profile.expire()
      const renewed = outcomeOf(next.session.authFetch('/api/me'))
      expect(await profile.during(10_000, renewed)).toBe(200)
    })

    test('signs out no open tab, whose requests are answered or refused at once', async () => {
      const { profile, tab, newer, write } = await withNewer()
      write()
      tab.tell('woke')
      await profile.clock.advance(1_000)
      expect(await outcomeOf(tab.session.authFetch('/api/me'))).toBe(200)
      await profile.expire()
      const updates = profile.browser.used.updates
      const refused = outcomeOf(tab.session.authFetch('/api/me'))
      expect(await profile.during(1_000, refused)).toBe('refresh_unavailable')
      await profile.clock.advance(10_000)
      expect(profile.browser.used.updates - updates).toBeLessThanOrEqual(2)
      expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
      expect(tab.eventsOf('ended')).toEqual([])
      expect(profile.record).toEqual(newer)
    })

    test.each(['knows of it', 'does not know of it yet'])(
      'stays mirrored as it is when the page of an active user leaves that %s',
      async (knows) => {
        const { profile, tab, write } = await withNewer()
        tab.session.reportActivity()
        await profile.browser.settle()
        write()
        if (knows === 'knows of it') tab.tell('woke')
        await profile.clock.advance(1_000)
        const { mirror } = profile.browser.stored
        tab.session.reportActivity()
        tab.close()
        await profile.clock.advance(1_000)
        expect(profile.browser.stored.mirror).toBe(mirror)
      },
    )

    test('ends for an idle user in this tab alone: nothing is written, and the server is not told', async () => {
      const { profile, tab, newer, write } = await withNewer()
      write()
      tab.tell('woke')
      await profile.clock.advance(910_000)
      expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'idle', initiator: 'this-tab' }])
      expect(tab.session.state).toMatchObject({ status: 'logged-out', end: { reason: 'idle' } })
      tab.tell('woke')
      tab.tell('online')
      await profile.clock.advance(120_000)
      expect(tab.session.state.status).toBe('logged-out')
      expect(tab.eventsOf('ended')).toHaveLength(1)
      expect(profile.record).toEqual(newer)
      expect(profile.server.sentTo('/auth/logout')).toEqual([])
      await tab.session.login(profile.server.signIn('bob'))
      expect(await outcomeOf(tab.session.authFetch('/api/me'))).toBe(200)
      expect(profile.record).toMatchObject({ v: 1, status: 'logged-in', subject: 'bob' })
    })

    test('does not end in a tab whose user is active, although the tab cannot share that', async () => {
      const { profile, tab, newer, write } = await withNewer()
      write()
      for (let minutes = 0; minutes < 30; minutes += 5) {
        await profile.clock.advance(300_000)
        tab.session.reportActivity()
        // Looks at the record, which does not know of the activity.
        tab.tell('woke')
      }
      await profile.clock.advance(890_000)
      expect(tab.session.state.status).toBe('logged-in')
      expect(profile.record).toEqual(newer)
      await profile.clock.advance(20_000)
      expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'idle' }])
    })

    test('is ended by a logout', async () => {
      const { profile, tab, write } = await withNewer()
      write()
      tab.tell('woke')
      await profile.browser.settle()
      await profile.during(10_000, tab.session.logout())
      expect(profile.record).toMatchObject({ v: 1, status: 'logged-out', tombstone: undefined })
      // A refresh token in a record of another layout cannot be found.
      if (mode === 'cookie') expect(profile.server.isAlive('s1')).toBe(false)
      expect((await profile.openTab()).session.state.status).toBe('logged-out')
    })
  })

  test('is a session in a page to which another tab hands its token over', async () => {
    const profile = createProfile({ mode })
    const tab = await profile.signedIn()
    profile.browser.stored.record = { ...profile.record, v: 2, sealed: undefined }
    const page = await profile.openTab()
    expect(await page.session.ready).toMatchObject({ status: 'logged-in', subject: 'alice' })
    expect(page.eventsOf('started')).toEqual([{ subject: 'alice', initiator: 'restored' }])
    expect(await tab.session.getAccessToken()).toBe(await page.session.getAccessToken())
    expect(await outcomeOf(page.session.authFetch('/api/me'))).toBe(200)
  })
})

/** The status of an answer, or the code of what a request rejects with. */
async function outcomeOf(request: Promise<Response>): Promise<number | string> {
  try {
    return (await request).status
  } catch (error) {
    return (error as SessionError).code
  }
}
