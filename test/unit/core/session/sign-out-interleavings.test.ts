import { expect, test } from 'vitest'
import { ended, opened, renewed } from '../../../../src/core/record/transitions.ts'
import { sessionMs, wallMs } from '../../../../src/core/time/moments.ts'
import { openSharedRecord } from '../../../../src/core/shared/shared-record.ts'
import { createVirtualClock } from '../../../../src/testing/virtual-clock.ts'
import { settle } from '../../../support/settle.ts'
import { cookieTransport, jsonTransport } from '../../../../src/index.ts'
import { createProfile } from '../../../support/profile.ts'
import { createBackend } from '../../../support/backend.ts'
import { openPage } from '../../../support/signed-in.ts'

const bearerOf = (headers?: Headers): string | null | undefined => headers?.get('authorization')

test("storage cleared unseen, then login as bob: requests are bob's", async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  await tab.session.logout()
  await settle()
  await tab.session.login(profile.server.signIn('alice'))
  await settle()
  await profile.clock.advance(1_000)
  profile.browser.stored.record = undefined
  profile.browser.stored.mirror = null
  const answer = profile.server.signIn('bob')
  await tab.session.login(answer)
  await settle()
  expect(tab.session.state.subject).toBe('bob')
  profile.server.forget()
  await tab.session.authFetch('/api/me')
  expect(bearerOf(profile.server.sent[0]?.headers)).toBe(`Bearer ${String(answer['access_token'])}`)
})

test('storage cleared, another tab logs bob in: this tab is not alice for ever', async () => {
  const profile = createProfile()
  const alice = await profile.signedIn()
  await alice.session.logout()
  await settle()
  await alice.session.login(profile.server.signIn('alice'))
  await settle()
  await profile.clock.advance(1_000)
  profile.browser.stored.record = undefined
  profile.browser.stored.mirror = null
  profile.server.jar.clear()
  const other = await profile.openTab()
  await other.session.login(profile.server.signIn('bob'))
  await settle()
  await profile.clock.advance(20_000)
  profile.server.forget()
  await alice.session.authFetch('/api/me').catch(() => undefined)
  expect([other.session.state.subject, alice.session.state.subject]).toEqual(['bob', 'bob'])
})

test('logout everywhere unheard, then login again: the new session lives', async () => {
  const profile = createProfile({ mode: 'body' })
  const tab = await profile.signedIn()
  profile.server.next('/auth/logout', () => new Response(null, { status: 503 }))
  expect(await tab.session.logout({ everywhere: true })).toEqual({ server: 'later' })
  await settle()
  await tab.session.login(profile.server.signIn('alice'))
  await settle()
  expect(profile.server.isAlive('s1')).toBe(false)
  expect(profile.server.isAlive('s2')).toBe(true)
})

test('a tombstone without sid is not dropped by the answer for an earlier one', async () => {
  const backend = createBackend({ expires_in: 600 })
  const { session, browser } = await openPage({ transport: jsonTransport('/auth') }, backend)
  let release: ((r: Response) => void) | undefined
  backend.route(
    '/auth/logout',
    () =>
      new Promise((resolve) => {
        release ??= resolve
      }),
  )
  await session.login(backend.issue({ refresh_token: 'r1' }))
  await session.logout()
  await new Promise((r) => setTimeout(r, 50))
  await settle()
  await session.login(backend.issue({ refresh_token: 'r2' }))
  await session.logout()
  await new Promise((r) => setTimeout(r, 50))
  await settle()
  release?.(new Response(null, { status: 204 }))
  await settle()
  expect((browser.stored.record as { tombstone?: unknown }).tombstone).toBeDefined()
})

test('a refused logout is told again without reload or online event', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  profile.server.next('/auth/logout', () => new Response(null, { status: 503 }))
  await tab.session.logout()
  await settle()
  await profile.clock.advance(600_000)
  tab.setVisible(false)
  tab.setVisible(true)
  await settle()
  expect(profile.server.isAlive('s1')).toBe(false)
})

test('takeLastEnd on the page that finds the session over', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn({ session_expires_in: 1000 })
  tab.close()
  profile.clock.sleep(2_000_000)
  const next = profile.browser.openTab()
  const end = await next.session.takeLastEnd()
  await settle()
  expect(end).toMatchObject({ reason: 'session-limit' })
})

test('hint cookie left behind: the reason outlives the redirect', async () => {
  const t = cookieTransport('/auth', { hintCookie: 'hint' })
  const profile = createProfile({ transport: t })
  profile.browser.stored.cookies.push('hint')
  const tab = await profile.signedIn()
  profile.server.revoke('s1')
  await profile.expire()
  await profile.during(
    3000,
    tab.session.authFetch('/api/me').catch(() => undefined),
  )
  expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'revoked' }])
  tab.close()
  const next = await profile.openTab()
  await profile.during(3000, next.session.ready)
  expect(await next.session.takeLastEnd()).toMatchObject({ reason: 'revoked' })
})

test('a commit continued late does not put the mirror back over a sign-out', async () => {
  const clock = createVirtualClock()
  const drawn = (n: string) => ({ session: n, key: n })
  const made = {
    tokens: { accessToken: 'a', sessionId: 's1' },
    sealed: null,
    startedAt: { wall: wallMs(0), session: sessionMs(0) },
    nextKey: 'k',
  }
  const one = renewed(opened(null, drawn('S'), wallMs(0)), made)
  let stored: unknown = one
  let mirror: unknown = one
  let done: (() => void) | undefined
  const store = {
    read: () => Promise.resolve(stored),
    reopen() {},
    close() {},
    update: (change: (c: unknown) => unknown) => {
      stored = change(stored)
      return new Promise<void>((r) => {
        done = r
      })
    },
  }
  const m = {
    read: () => mirror,
    write: (v: unknown) => {
      mirror = JSON.parse(JSON.stringify(v))
      return true
    },
    watch: () => () => undefined,
  }
  const a = openSharedRecord(clock, store, m, () => undefined)
  const committing = a.commit((c) => (c ? renewed(c, made) : undefined))
  // Written; its page has not heard yet. Another one signs out and is gone before its own commit.
  m.write(
    ended(
      one,
      drawn('OUT'),
      { reason: 'logout', by: 'x', at: sessionMs(1) },
      { sid: 's1', everywhere: false },
    ),
  )
  done?.()
  await committing
  store.update = (change) => {
    stored = change(stored)
    return Promise.resolve()
  }
  expect((await a.look())?.status).toBe('logged-out')
})
