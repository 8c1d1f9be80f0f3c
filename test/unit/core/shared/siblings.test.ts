import { describe, expect, test } from 'vitest'
import type { Faults } from '../../../../src/testing/faults.ts'
import { json } from '../../../support/fake-server.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'

const REFRESH = '/auth/refresh'

// Every change is announced twice, by a message and by the mirror. Each way has to suffice where the other does not work.
describe.each<[string, Partial<Faults>]>([
  ['without localStorage', { mirror: 'refused' }],
  ['where messages are lost', { channel: 'deaf' }],
])('%s, the other tabs hear', (_, trouble) => {
  function troubled(mode: 'cookie' | 'body' = 'cookie'): Profile {
    const profile = createProfile({ mode })
    Object.assign(profile.browser.faults, trouble)
    return profile
  }

  test('of a login', async () => {
    const profile = troubled()
    const [one, two] = [await profile.openTab(), await profile.openTab()]
    await one.session.login(profile.server.signIn('alice'))
    await settle()
    expect(two.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
    expect(two.eventsOf('started')).toMatchObject([{ initiator: 'other-tab' }])
  })

  test('of a renewal', async () => {
    const profile = troubled()
    const [one, two] = [await profile.signedIn(), await profile.openTab()]
    await one.session.getAccessToken({ forceRefresh: true })
    await settle()
    expect(two.eventsOf('refreshed')).toMatchObject([{ by: 'other-tab' }])
  })

  test('of a renewal that could be written only later', async () => {
    const profile = troubled('body')
    const [one, two] = [await profile.signedIn(), await profile.openTab()]
    one.faults.record = 'full'
    await profile.during(1_000, one.session.getAccessToken({ forceRefresh: true }))
    expect(two.eventsOf('refreshed')).toEqual([])
    one.faults.record = 'ok'
    await profile.clock.advance(10_000)
    expect(two.eventsOf('refreshed')).toMatchObject([{ by: 'other-tab' }])
  })

  test('of a refusal', async () => {
    const profile = troubled()
    const [one, two] = [await profile.signedIn(), await profile.openTab()]
    profile.server.next(REFRESH, () => json({ error: 'session_revoked' }, 401))
    const refused = one.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
    await profile.during(1_000, refused)
    await settle()
    expect(two.eventsOf('ended')).toMatchObject([{ reason: 'revoked', initiator: 'server' }])
  })

  test('of a logout', async () => {
    const profile = troubled()
    const [one, two] = [await profile.signedIn(), await profile.openTab()]
    await one.session.logout()
    await settle()
    expect(two.eventsOf('ended')).toMatchObject([{ reason: 'logout', initiator: 'other-tab' }])
  })
})

test('the end of a session is all that a message is believed for', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  const { record } = profile
  profile.browser.say({
    type: 'over',
    record: { ...record, session: 'eve', epoch: record.epoch + 1, subject: 'eve' },
  })
  await settle()
  expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
  expect(tab.eventsOf('ended')).toEqual([])
})

test('a tab without a channel asks no other tab, and renews at once', async () => {
  const profile = createProfile()
  profile.browser.faults.channel = 'missing'
  const [one, two] = [await profile.signedIn(), await profile.openTab()]
  await profile.expire()
  await one.session.getAccessToken()
  const startedAt = profile.clock.now()
  expect(await two.session.getAccessToken()).toBeTypeOf('string')
  expect(profile.clock.now()).toBe(startedAt)
  for (const { session } of [one, two]) session.dispose()
  expect(profile.browser.holding).toBe(0)
})
