import { describe, expect, test } from 'vitest'
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
