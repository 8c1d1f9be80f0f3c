import { expect, test } from 'vitest'
import { createProfile } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'

const REFRESH = '/auth/refresh'

test('a call that waits less long than IndexedDB takes to fail is told that it has no session', async () => {
  const profile = createProfile()
  profile.browser.faults.record = 'hangs'
  const tab = await profile.openTab()
  const call = tab.session.getAccessToken({ maxWaitMs: 100 }).catch((error: unknown) => error)
  expect(await profile.during(2_000, call)).toMatchObject({ code: 'session_ended' })
})

test('a stream that waits for a newer token is not sent with that of the last user when another signs in meanwhile', async () => {
  const profile = createProfile()
  const [tab, other] = [await profile.signedIn(), await profile.openTab()]
  tab.setVisible(false)
  other.setVisible(false)
  await profile.clock.advance(560_000)
  profile.server.hold(REFRESH, () => undefined)
  const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() })
  const init = { method: 'POST', body, duplex: 'half' } as const
  const call = tab.session.authFetch('/api/me', init).catch((error: unknown) => error)
  await settle()
  expect(profile.server.sentTo(REFRESH)).toHaveLength(1)
  await other.session.login(profile.server.signIn('bob'))
  expect(await call).toMatchObject({ code: 'session_changed' })
  expect(profile.server.sentTo('/api/me')).toEqual([])
})
