import { expect, test } from 'vitest'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { gate, json } from '../../../support/fake-server.ts'
import { createProfile } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'

// Calls of one tab share a refresh that is under way, also when it is not the one that they would have begun.

const REFRESH = '/auth/refresh'
const renewed = (tab: VirtualTab): Promise<unknown> =>
  tab.session.getAccessToken({ forceRefresh: true }).catch((error: unknown) => error)

test('a call that joins a refresh for newer tokens gets those that arrive meanwhile, though the refresh fails', async () => {
  const profile = createProfile()
  const [first, second] = [await profile.signedIn(), await profile.openTab()]
  const token = await renewed(first)
  const answer = gate<Response>()
  profile.server.next(REFRESH, () => answer.promise)
  // Wants newer tokens than those of the record, which this tab was not handed.
  void second.session.extend()
  await settle()
  const call = renewed(second)
  await settle()
  const { session, generation } = profile.record
  profile.browser.say({ type: 'handoff', accessToken: token, session, generation })
  await settle()
  answer.open(json({}, 503, { 'retry-after': '120' }))
  expect(await call).toBe(token)
})

test('a call that joins a refresh for older tokens has the server renew once those have arrived', async () => {
  const profile = createProfile()
  const [first, second] = [await profile.signedIn(), await profile.openTab()]
  second.faults.channel = 'deaf'
  const token = await renewed(first)
  // Finds that the first tab has renewed, and asks it for its token.
  const older = renewed(second)
  await settle()
  const extended = second.session.extend()
  await settle()
  second.faults.channel = 'ok'
  expect(await profile.during(1_000, older)).toBe(token)
  expect(await extended).toMatchObject({ ok: true })
  expect(profile.server.refreshes.map(({ seq }) => seq)).toEqual([1, 2])
})
