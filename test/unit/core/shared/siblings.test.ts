import { describe, expect, test } from 'vitest'
import type { Faults } from '../../../../src/testing/faults.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
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

describe('ten tabs, told twice of each change, look at the record once each', () => {
  /** How often the database is read in all tabs while `work` is done in the first. */
  async function readsFor(work: (tab: VirtualTab) => Promise<unknown>): Promise<number> {
    const profile = createProfile()
    const first = await profile.signedIn()
    const others: VirtualTab[] = []
    while (others.length < 9) others.push(await profile.openTab())
    await profile.clock.advance(1_000)
    const { reads } = profile.browser.used
    await work(first)
    await profile.clock.advance(100)
    const states = others.map(({ session }) => JSON.stringify(session.state))
    expect(new Set(states).size).toBe(1)
    return profile.browser.used.reads - reads
  }

  test('for a renewal', async () => {
    const reads = await readsFor(({ session }) => session.getAccessToken({ forceRefresh: true }))
    // The tab that renews looks under the lock.
    expect(reads).toBeLessThanOrEqual(9 + 1)
  })

  test('for a logout, and once more as the server knows of it', async () => {
    expect(await readsFor(({ session }) => session.logout())).toBeLessThanOrEqual(2 * 9)
  })
})

test('twenty thousand hints at once make two looks: the one under way, and one after it', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  const { reads } = profile.browser.used
  for (let n = 0; n < 20_000; n++) profile.browser.say({ type: 'hint' })
  await settle()
  expect(profile.browser.used.reads - reads).toBeLessThanOrEqual(2)
  expect(tab.session.state.status).toBe('logged-in')
})

test('a hint of what is known already makes no look, and one of what is not, does', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  const { record } = profile
  const { reads } = profile.browser.used
  profile.browser.say({ type: 'hint', record })
  await settle()
  expect(profile.browser.used.reads).toBe(reads)
  profile.browser.stored.record = { ...record, rejected: true }
  profile.browser.say({ type: 'hint', record: { ...record, rejected: true } })
  await settle()
  expect(profile.browser.used.reads).toBe(reads + 1)
  await expect(tab.session.getAccessToken({ forceRefresh: true })).rejects.toMatchObject({
    code: 'session_ended',
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
