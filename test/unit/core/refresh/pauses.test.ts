import { expect, test } from 'vitest'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { json } from '../../../support/fake-server.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'

// A refresh that failed puts a pause into the record. It holds for all tabs, and only for what the server would be asked.

const REFRESH = '/auth/refresh'
const PAUSE_MS = 120_000
const asked = (tab: VirtualTab): Promise<unknown> =>
  tab.session.getAccessToken().catch((error: unknown) => error)
const typesOf = (messages: readonly unknown[]) =>
  messages.map((message) => (message as { readonly type: string }).type)

/** The next refresh fails, and the server asks for two minutes of patience. */
function failNext({ server }: Profile): void {
  server.next(REFRESH, () => json({}, 503, { 'retry-after': String(PAUSE_MS / 1000) }))
}

test('a tab that waits for the lock while another one fails waits for the same moment, and sends nothing', async () => {
  const profile = createProfile()
  const [first, second] = [await profile.signedIn(), await profile.openTab()]
  await profile.expire()
  failNext(profile)
  const retryAt = profile.clock.now() + PAUSE_MS
  const failures = [asked(first), asked(second)]
  await settle()
  for (const failure of failures)
    expect(await failure).toMatchObject({ code: 'refresh_unavailable', retryAt })
  expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
})

test('a tab that opens during a pause gets the token that another one has', async () => {
  const profile = createProfile()
  const first = await profile.signedIn()
  failNext(profile)
  await first.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
  // What it asks the other tab as it opens is lost.
  profile.browser.holdMessages(() => undefined)
  const second = await profile.openTab()
  profile.browser.holdMessages(null)
  expect(await profile.during(100, asked(second))).toBe(await asked(first))
  expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
})

test('a call that waits for the end of a pause fails at once when storage is cleared', async () => {
  const profile = createProfile({ maxWaitMs: 2 * PAUSE_MS })
  const tab = await profile.signedIn()
  await profile.expire()
  failNext(profile)
  const call = asked(tab)
  await profile.clock.advance(1_000)
  profile.browser.stored.record = undefined
  profile.browser.stored.mirror = null
  tab.tell('woke')
  await settle()
  expect(tab.session.state.status).toBe('logged-out')
  expect(await call).toMatchObject({ code: 'session_ended' })
})

test('a call of a session that is over fails at once though the next session is in a pause', async () => {
  const profile = createProfile({ maxWaitMs: 2 * PAUSE_MS })
  const [waiting, other] = [await profile.signedIn(), await profile.openTab()]
  await profile.expire()
  failNext(profile)
  const call = asked(waiting)
  await profile.clock.advance(1_000)
  waiting.freeze()
  await other.session.login(profile.server.signIn('bob'))
  failNext(profile)
  void other.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
  await settle()
  waiting.thaw()
  await settle()
  expect(waiting.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
  expect(await call).toMatchObject({ code: 'session_changed' })
})

test('a call that waits for the end of a pause gets what another tab has then, without a message or a lock', async () => {
  const profile = createProfile({ maxWaitMs: 2 * PAUSE_MS })
  const [first, waiting] = [await profile.signedIn(), await profile.openTab()]
  await profile.expire()
  failNext(profile)
  const calls = [asked(first), asked(waiting)]
  await profile.clock.advance(PAUSE_MS - 1)
  // Otherwise both would ask at the same moment.
  waiting.faults.timers = 'throttled'
  waiting.setVisible(false)
  const { locks } = profile.browser.used
  const posted = profile.browser.posted.length
  const [one, other] = await profile.during(100, Promise.all(calls))
  expect(other).toBe(one)
  expect(profile.browser.used.locks - locks).toBe(1)
  expect(typesOf(profile.browser.posted.slice(posted))).toEqual(['question', 'hint', 'handoff'])
})
