import { describe, expect, test } from 'vitest'
import type { SessionRecord } from '../../../../src/core/record/record.ts'
import { cookieTransport } from '../../../../src/index.ts'
import { laterTurn } from '../../../../src/testing/turn.ts'
import { gate } from '../../../support/fake-server.ts'
import { createProfile } from '../../../support/profile.ts'
import { rejection } from '../../../support/signed-in.ts'
import { diagnosticsOf } from '../../../support/diagnostics-of.ts'

// What hardly ever happens, and must still come to a good end.

const REFRESH = '/auth/refresh'

test('a page asked for its diagnostics before it knows anything says so', async () => {
  const tab = createProfile().browser.openTab()
  expect(await diagnosticsOf(tab.session)).toMatchObject({
    status: 'restoring',
    epoch: 0,
    generation: 0,
    events: [],
  })
})

test('a logout where no user was ever signed in has nothing to tell the server', async () => {
  const profile = createProfile({ mode: 'body' })
  const tab = await profile.openTab()
  expect(await tab.session.logout()).toEqual({ server: 'nothing-to-tell' })
  expect(profile.server.sent).toEqual([])
  expect(tab.events).toEqual([])
})

test('a logout where no user is known to be signed in ends the session that another tab has begun unnoticed', async () => {
  const hintCookie = 'signed-in'
  const profile = createProfile({ transport: cookieTransport('/auth', { hintCookie }) })
  const [tab, other] = [await profile.openTab(), await profile.openTab()]
  profile.browser.faults.channel = 'deaf'
  profile.browser.faults.mirror = 'refused'
  await other.session.login(profile.server.signIn())
  await profile.browser.settle()
  expect(tab.session.state.status).toBe('logged-out')
  await profile.during(1_000, tab.session.logout())
  expect(profile.record).toMatchObject({ status: 'logged-out', end: { reason: 'logout' } })
  expect(profile.server.isAlive('s1')).toBe(false)
})

test.each(['ok', 'refused'] as const)(
  'a logout after storage was cleared unseen, with a mirror that is %s, is one in this tab all the same',
  async (mirror) => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    profile.browser.faults.mirror = mirror
    profile.browser.stored.record = undefined
    profile.browser.stored.mirror = null
    await profile.during(1_000, tab.session.logout())
    expect(tab.session.state.status).toBe('logged-out')
    expect(tab.eventsOf('ended')).toHaveLength(1)
  },
)

test('storage cleared while a page completes the sign-out of one that is gone stays cleared', async () => {
  for (let turns = 0; turns < 5; turns++) {
    const profile = createProfile()
    const last = await profile.signedIn()
    void last.session.logout()
    last.crash()
    const tab = profile.browser.openTab()
    for (let turn = 0; turn < turns; turn++) await laterTurn()
    profile.browser.clearSiteData()
    await profile.clock.advance(1_000)
    const found = profile.browser.stored.record as Partial<SessionRecord> | undefined
    expect(found?.tombstone, String(turns)).toBeUndefined()
    expect(tab.session.state.status, String(turns)).toBe('logged-out')
    expect(tab.events, String(turns)).toEqual([])
  }
})

test('a login that is made twice leaves what was renewed in between', async () => {
  const profile = createProfile()
  const tab = await profile.openTab()
  const answer = profile.server.signIn()
  await tab.session.login(answer)
  const token = await profile.during(1_000, tab.session.getAccessToken({ forceRefresh: true }))
  const { generation } = profile.record
  await tab.session.login(answer)
  expect(profile.record.generation).toBe(generation)
  expect(await tab.session.getAccessToken()).toBe(token)
})

test('a late answer of a server that names no session is revoked by its token alone', async () => {
  const profile = createProfile({ mode: 'body' })
  const [one, two] = [await profile.signedIn(), await profile.openTab()]
  await profile.expire()
  const late = gate<undefined>()
  let brought: unknown
  profile.server.next(REFRESH, async (_, handle) => {
    const answer = (await handle().json()) as Record<string, unknown>
    brought = answer['refresh_token']
    await late.promise
    return Response.json({ ...answer, sid: undefined })
  })
  const dropped = rejection(one.session.authFetch('/api/me'))
  await profile.browser.settle()
  await two.session.login(profile.server.signIn('bob'))
  late.open(undefined)
  await profile.clock.advance(1_000)
  expect(await dropped).toMatchObject({ code: 'session_changed' })
  const last = profile.server.sentTo('/auth/logout').at(-1)
  expect(last?.body).toMatchObject({ refresh_token: brought })
  expect(last?.body['sid']).toBeUndefined()
  expect(last?.body['everywhere']).toBe(false)
  expect(two.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
})

test('a record that has lost its refresh token ends the session, which cannot be renewed', async () => {
  const profile = createProfile({ mode: 'body' })
  const last = await profile.signedIn()
  last.close()
  profile.browser.stored.record = { ...profile.record, sealed: undefined }
  await profile.expire()
  const tab = await profile.openTab()
  await profile.clock.advance(2_000)
  expect(tab.session.state.status).toBe('logged-out')
  expect(await tab.session.takeLastEnd()).toMatchObject({ reason: 'storage-cleared' })
  expect(profile.server.sentTo(REFRESH)).toEqual([])
})

test('a token of unknown lifetime is handed to a tab that could not fetch one', async () => {
  const profile = createProfile()
  const tab = await profile.openTab()
  await tab.session.login({ ...profile.server.signIn(), expires_in: undefined })
  profile.server.forget()
  profile.server.next(REFRESH, () => new Response(null, { status: 503 }))
  const next = await profile.openTab()
  const answer = await profile.during(100, next.session.authFetch('/api/me'))
  expect(answer.status).toBe(200)
  expect(profile.server.refreshes).toEqual([])
})

test('a tab disposed of while it still tries to write what it was given writes no more', async () => {
  const profile = createProfile({ mode: 'body' })
  const tab = await profile.signedIn()
  await profile.expire()
  let handled = false
  profile.server.next(REFRESH, (_, handle) => {
    handled = true
    profile.browser.faults.record = 'full'
    return handle()
  })
  await profile.during(2_000, rejectionOrAnswer(tab.session.authFetch('/api/me')))
  expect(handled).toBe(true)
  tab.session.dispose()
  profile.browser.faults.record = 'ok'
  const { written } = profile.browser
  const before = written.length
  await profile.clock.advance(60_000)
  expect(written).toHaveLength(before)
})

test('another user logs in while a refusal is looked at again: the refusal does not end their session', async () => {
  const profile = createProfile()
  const [one, two] = [await profile.signedIn(), await profile.openTab()]
  await profile.expire()
  profile.server.next(REFRESH, () => Response.json({ error: 'session_revoked' }, { status: 401 }))
  const dropped = rejection(one.session.authFetch('/api/me'))
  await profile.clock.advance(200)
  await two.session.login(profile.server.signIn('bob'))
  expect(await profile.during(2_000, dropped)).toMatchObject({ code: 'session_changed' })
  for (const { session } of [one, two])
    expect(session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
})

test('a late renewal of the previous user does not disturb that of the current one', async () => {
  const { profile, tab, dropped, passes } = await renewing()
  await tab.session.login(profile.server.signIn('bob'))
  const first = tab.session.getAccessToken({ forceRefresh: true })
  await profile.browser.settle()
  expect(passes).toHaveLength(2)
  passes[0]?.()
  await profile.browser.settle()
  const second = tab.session.getAccessToken({ forceRefresh: true })
  await profile.browser.settle()
  passes[1]?.()
  const tokens = await profile.during(2_000, Promise.all([first, second]))
  expect(new Set(tokens).size).toBe(1)
  expect(passes).toHaveLength(2)
  expect(await dropped).toMatchObject({ code: 'session_changed' })
})

test('a renewal that ends as the next one begins does not make that begin twice', async () => {
  const { profile, tab, dropped, passes } = await renewing()
  profile.server.signIn('bob')
  const login = tab.session.login()
  await profile.clock.advance(1_000)
  expect(passes).toHaveLength(2)
  for (const pass of passes) pass()
  await profile.during(2_000, login)
  expect(passes).toHaveLength(2)
  expect(await dropped).toMatchObject({ code: 'session_changed' })
  expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
})

describe('an answer that says that the session has ended', () => {
  const judgeResponse = ({ status }: Response) => (status === 440 ? 'ended' : 'ok')
  const endless = (): Response => new Response(new ReadableStream(), { status: 440 })

  test.each(['this tab', 'another tab'] as const)(
    'and is still read when the next session begins, in %s, does not end that one',
    async (where) => {
      const profile = createProfile({ judgeResponse })
      const [tab, other] = [await profile.signedIn(), await profile.openTab()]
      profile.server.next('/api/me', endless)
      const request = tab.session.authFetch('/api/me').catch((error: unknown) => error)
      await profile.clock.advance(500)
      const next = where === 'this tab' ? tab : other
      await next.session.login(profile.server.signIn('bob'))
      await profile.clock.advance(5_000)

      expect(await request).toMatchObject({ code: 'session_changed' })
      for (const { session } of [tab, other])
        expect(session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
      expect(profile.server.isAlive('s2')).toBe(true)
    },
  )

  test('ends its own session, though it has no end itself', async () => {
    const profile = createProfile({ judgeResponse })
    const tab = await profile.signedIn()
    profile.server.next('/api/me', endless)
    const request = tab.session.authFetch('/api/me')
    expect((await profile.during(5_000, request)).status).toBe(440)
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'revoked' }])
  })
})

/** A tab of alice's in the middle of a renewal, of those that pass when they are told to, and that no lock holds up. */
async function renewing() {
  const profile = createProfile()
  const tab = await profile.signedIn()
  const passes: (() => void)[] = []
  profile.browser.faults.locks = 'null'
  profile.server.hold(REFRESH, ({ way, pass }) => (way === 'up' ? passes.push(pass) : pass()))
  const dropped = rejection(tab.session.getAccessToken({ forceRefresh: true }))
  await profile.browser.settle()
  return { profile, tab, dropped, passes }
}

/** Whatever comes of it. */
async function rejectionOrAnswer(work: Promise<unknown>): Promise<unknown> {
  return await work.catch((error: unknown) => error)
}
