import { expect, test } from 'vitest'
import type { Leg } from '../../../../src/testing/virtual-network.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { gate, json } from '../../../support/fake-server.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'
import { diagnosticsOf } from '../../../support/diagnostics-of.ts'

// Without a lock two tabs may be at it at once. The second one goes on with what the first has made.

const REFRESH = '/auth/refresh'
const asked = (tab: VirtualTab): Promise<unknown> =>
  tab.session.getAccessToken().catch((error: unknown) => error)

/** Two signed-in tabs whose tokens have expired, without locks. What one does the other only finds in the record. */
async function strangers(mode: 'cookie' | 'body' = 'cookie'): Promise<{
  readonly profile: Profile
  readonly slow: VirtualTab
  readonly quick: VirtualTab
}> {
  const profile = createProfile({ mode })
  const [slow, quick] = [await profile.signedIn(), await profile.openTab()]
  await profile.expire()
  Object.assign(profile.browser.faults, { locks: 'null', channel: 'deaf', mirror: 'refused' })
  return { profile, slow, quick }
}

/** Answers the next refresh when the hand says so: as the server would have at once, or otherwise. */
function answerLater(profile: Profile): (response?: Response) => void {
  const late = gate<Response | undefined>()
  profile.server.next(REFRESH, async (_, handle) => {
    const own = handle()
    return (await late.promise) ?? own
  })
  return late.open
}

test('a late answer counts at once as what the quicker tab has written into the record', async () => {
  const { profile, slow, quick } = await strangers()
  const answer = answerLater(profile)
  const token = asked(slow)
  await settle()
  await asked(quick)
  quick.close()
  const { generation } = profile.record
  const startedAt = profile.clock.now()
  answer(undefined)
  expect(await token).toBeTypeOf('string')
  expect(profile.clock.now()).toBe(startedAt)
  expect(profile.record.generation).toBe(generation)
  expect(slow.eventsOf('refreshed')).toMatchObject([{ by: 'other-tab' }])
})

test.each([
  ['invalid_grant', 401, 1_000],
  ['refresh_superseded', 409, 250],
] as const)(
  'after %s it is found at the first look that another user is signed in',
  async (error, status, lookedAfterMs) => {
    const { profile, slow, quick } = await strangers()
    const answer = answerLater(profile)
    const dropped = asked(slow)
    await settle()
    await quick.session.login(profile.server.signIn('bob'))
    answer(json({ error, seq: 1 }, status))
    await profile.clock.advance(lookedAfterMs)
    expect(await dropped).toMatchObject({ code: 'session_changed' })
    expect(slow.eventsOf('ended')).toMatchObject([
      { reason: 'user-switched', initiator: 'other-tab' },
    ])
    expect(slow.eventsOf('started').at(-1)).toEqual({ subject: 'bob', initiator: 'other-tab' })
  },
)

test('after a failure that passes it is found at once that another user is signed in', async () => {
  const { profile, slow, quick } = await strangers()
  const answer = answerLater(profile)
  const dropped = asked(slow)
  await settle()
  await quick.session.login(profile.server.signIn('bob'))
  answer(json({}, 503))
  await settle()
  expect(await dropped).toMatchObject({ code: 'session_changed' })
  expect(slow.eventsOf('started').at(-1)).toEqual({ subject: 'bob', initiator: 'other-tab' })
})

test('storage that was cleared while a refusal is looked at again ends the session by itself', async () => {
  const { profile, slow } = await strangers()
  profile.server.next(REFRESH, () => json({ error: 'session_revoked' }, 401))
  const dropped = asked(slow)
  await settle()
  profile.browser.stored.record = undefined
  profile.browser.stored.mirror = null
  await profile.clock.advance(1_000)
  expect(await dropped).toMatchObject({ code: 'session_ended' })
  expect(slow.eventsOf('ended')).toMatchObject([{ reason: 'storage-cleared' }])
})

test('the refusal of a token that a tab, closed by now, has renewed meanwhile does not end the session', async () => {
  const { profile, slow, quick } = await strangers()
  const answer = answerLater(profile)
  const token = asked(slow)
  await settle()
  await asked(quick)
  quick.close()
  answer(json({ error: 'invalid_grant' }, 401))
  expect(await profile.during(10_000, token)).toBeTypeOf('string')
  expect(slow.eventsOf('ended')).toEqual([])
  expect(profile.server.isAlive('s1')).toBe(true)
})

test('the refusal of a page that only asks who is signed in is not that of a login made meanwhile', async () => {
  const profile = createProfile()
  const answer = answerLater(profile)
  const asking = await profile.openTab()
  const other = await profile.openTab()
  await other.session.login(profile.server.signIn('alice'))
  answer(json({ error: 'invalid_grant' }, 401))
  await profile.clock.advance(5_000)
  for (const { session, eventsOf } of [asking, other]) {
    expect(session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
    expect(eventsOf('ended')).toEqual([])
  }
  expect(profile.record).toMatchObject({ status: 'logged-in', sid: 's1' })
})

test('a page that asks who is signed in asks again after a conflict: another application was quicker', async () => {
  const profile = createProfile()
  profile.server.signIn('alice')
  profile.server.next(REFRESH, () => json({ error: 'refresh_superseded', seq: 1 }, 409))
  const tab = await profile.openTab()
  await profile.clock.advance(250)
  expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
  expect(profile.server.sentTo(REFRESH).map(({ body }) => body['seq'])).toEqual([
    undefined,
    undefined,
  ])
})

test('tokens that could be written only later are written once, and announced as this tab’s', async () => {
  const profile = createProfile({ mode: 'body' })
  const tab = await profile.signedIn()
  tab.faults.record = 'full'
  const token = await profile.during(1_000, tab.session.getAccessToken({ forceRefresh: true }))
  tab.faults.record = 'ok'
  await profile.clock.advance(10_000)
  expect(profile.record).toMatchObject({ generation: 2, seq: 2 })
  expect(tab.eventsOf('refreshed')).toMatchObject([{ by: 'this-tab' }])
  const { events } = await diagnosticsOf(tab.session)
  expect(events.filter(({ event }) => event === 'refresh').at(-1)).toMatchObject({ by: 'this-tab' })
  expect(await tab.session.getAccessToken()).toBe(token)
  const { updates } = profile.browser.used
  await profile.clock.advance(10_000)
  expect(profile.browser.used.updates).toBe(updates)
})

test('what could be written only later is dropped when another user has signed in by then', async () => {
  const { profile, slow, quick } = await strangers('body')
  slow.faults.record = 'full'
  await profile.during(1_000, asked(slow))
  await quick.session.login(profile.server.signIn('bob'))
  slow.faults.record = 'ok'
  await profile.clock.advance(10_000)
  expect(slow.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
  expect(slow.eventsOf('started').at(-1)).toEqual({ subject: 'bob', initiator: 'other-tab' })
  expect(profile.record).toMatchObject({ subject: 'bob', generation: 1 })
})

/** A tab that was refused, and asks the others for their token, as one of them renews. What that hands over is lost. */
async function refusedMeanwhile() {
  const profile = createProfile()
  const quick = await profile.signedIn()
  profile.browser.faults.locks = 'null'
  profile.browser.holdMessages(() => undefined)
  const slow = await profile.openTab()
  profile.server.next(REFRESH, () => json({ error: 'invalid_grant' }, 401))
  const token = asked(slow)
  // It has looked at the record again, and asks for a second.
  await profile.clock.advance(1_500)
  const renewed = await quick.session.getAccessToken({ forceRefresh: true })
  return { profile, quick, slow, token, renewed }
}

test('a refusal that another tab overtakes in the last second is no failure if that hands its token over', async () => {
  const { profile, slow, token, renewed } = await refusedMeanwhile()
  profile.browser.holdMessages(null)
  expect(await profile.during(3_000, token)).toBe(renewed)
  expect(slow.eventsOf('refresh-failed')).toEqual([])
  expect(slow.eventsOf('ended')).toEqual([])
})

test('a refusal that another tab overtakes in the last second is a failure that passes if that is gone', async () => {
  const { profile, quick, slow, token } = await refusedMeanwhile()
  quick.crash()
  expect(await profile.during(10_000, token)).toBeTypeOf('string')
  expect(slow.eventsOf('refresh-failed')).toMatchObject([{ status: null }])
  expect(slow.eventsOf('ended')).toEqual([])
})

/** A tab that is thawed with a late answer, which two renewals of a tab have overtaken that is gone by now. */
async function overtaken(mode: 'cookie' | 'body') {
  const profile = createProfile({ mode })
  const [late, other] = [await profile.signedIn(), await profile.openTab()]
  await profile.expire()
  const answers: Leg[] = []
  profile.server.hold(REFRESH, (leg) => (leg.way === 'up' ? leg.pass() : answers.push(leg)))
  const token = asked(late)
  await settle()
  late.freeze()
  profile.server.hold(REFRESH, null)
  let newest: unknown
  for (let renewal = 0; renewal < 2; renewal++) {
    await profile.expire()
    newest = await profile.during(1_000, asked(other))
  }
  other.crash()
  for (const answer of answers) answer.pass()
  late.thaw()
  return { profile, late, token, newest }
}

test('a late answer that other renewals have overtaken brings no token: if no tab has the newest, this one renews', async () => {
  const { profile, late, token } = await overtaken('cookie')
  await profile.during(10_000, token)
  expect(profile.record.generation).toBe(4)
  expect((await late.session.authFetch('/api/me')).status).toBe(200)
  expect(profile.server.sentTo('/api/me')).toHaveLength(1)
})

test('a late answer that other renewals have overtaken brings the newest token at once if the record has it', async () => {
  const { profile, token, newest } = await overtaken('body')
  const startedAt = profile.clock.now()
  expect(await token).toBe(newest)
  expect(profile.clock.now()).toBe(startedAt)
  expect(profile.record.generation).toBe(3)
})
