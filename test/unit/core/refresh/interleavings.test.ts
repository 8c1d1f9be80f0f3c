import { expect, test } from 'vitest'
import { settle } from '../../../support/settle.ts'
import { jsonTransport } from '../../../../src/index.ts'
import { createProfile } from '../../../support/profile.ts'
import { createBackend } from '../../../support/backend.ts'
import { signIn } from '../../../support/signed-in.ts'

test('refresh_expires_in 0 (Keycloak offline session) is no limit', async () => {
  const { session, browser } = await signIn(
    {},
    createBackend({ expires_in: 600, refresh_expires_in: 0 }),
  )
  await browser.clock.advance(100)
  expect(session.state.status).toBe('logged-in')
})

test('a request on a page opened during an outage rejects within maxWaitMs', async () => {
  const profile = createProfile()
  const first = await profile.signedIn()
  await profile.expire()
  first.close()
  profile.server.hold('/auth/refresh', () => undefined)
  const tab = profile.browser.openTab()
  const from = profile.clock.now()
  let at = 0
  void tab.session.authFetch('/api/me').catch(() => {
    at = profile.clock.now() - from
  })
  await profile.clock.advance(60_000)
  expect(at).toBeLessThanOrEqual(16_000)
})

test('login by cookie whose refresh another tab made in vain', async () => {
  const profile = createProfile()
  const a = await profile.openTab()
  const b = await profile.openTab()
  b.faults.locks = 'rejects'
  a.faults.locks = 'never'
  await settle()
  const got = a.session.login().then(
    () => 'resolved',
    (e: unknown) => (e as { code: string }).code,
  )
  await profile.clock.advance(20_000)
  expect([await got, a.session.state.status]).toEqual(['no_session', 'logged-out'])
})

test('body mode: after one hiccup, a second one must not leave the rotated token in memory', async () => {
  const profile = createProfile({ mode: 'body' })
  const a = await profile.signedIn()
  const b = await profile.openTab()
  await profile.expire()
  // 1: the server is down and IndexedDB hangs just when the back-off is to be written
  profile.server.next('/auth/refresh', () => {
    a.faults.record = 'hangs'
    return new Response(null, { status: 503 })
  })
  const first = a.session.getAccessToken().catch((e: unknown) => e)
  await profile.clock.advance(1_000)
  a.faults.record = 'ok'
  await profile.clock.advance(7_000)
  a.tell('woke')
  await settle()
  await first
  // 2: hangs again
  a.faults.record = 'hangs'
  for (let i = 0; i < 2; i++) {
    await profile.expire()
    await profile.during(
      8_000,
      a.session.getAccessToken().catch((e: unknown) => e),
    )
  }
  const leaf = profile.server.leafOf('s1')
  const { seq } = profile.record
  await profile.expire()
  const got = await profile.during(
    40_000,
    b.session.getAccessToken().then(
      () => 'ok',
      (e: unknown) => (e as { code: string }).code,
    ),
  )
  expect({ got, leaf, seq }).toMatchObject({ got: 'ok' })
})

test('O1: a tab that stood still between its claim and its request does not send a spent token', async () => {
  const transport = jsonTransport('/auth', { idempotencyHeader: false })
  let hold: ((go: () => void) => void) | undefined
  const storage = {
    kind: 'record' as const,
    seal: (t: unknown) => Promise.resolve(t),
    open: (s: unknown) =>
      new Promise<never>((r) => (hold ? hold(() => r(s as never)) : r(s as never))),
  }
  const profile = createProfile({ mode: 'body', transport, storage: storage })
  const a = await profile.signedIn()
  const b = await profile.openTab()
  await profile.expire()
  let go: (() => void) | undefined
  hold = (g) => {
    go = g
  }
  const waiting = a.session.getAccessToken().catch((e: unknown) => e)
  await settle()
  a.freeze()
  hold = undefined
  await profile.during(
    30_000,
    b.session.getAccessToken().catch((e: unknown) => e),
  )
  go?.()
  a.thaw()
  await profile.during(10_000, waiting)
  expect(profile.server.isAlive('s1')).toBe(true)
})
