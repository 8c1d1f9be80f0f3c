import { describe, expect, test } from 'vitest'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'
import { sampleSignOut } from './sample-sign-out.ts'
import { alice } from './sample-tab.ts'

const LOGOUT = '/auth/logout'

interface Untold {
  readonly profile: Profile
  readonly tabs: readonly [VirtualTab, VirtualTab]
}

/** Two tabs that know of a sign-out of which the server has heard nothing yet. */
async function untold(): Promise<Untold> {
  const profile = createProfile()
  const tabs = [await profile.signedIn(), await profile.openTab()] as const
  profile.server.hold(LOGOUT, (leg) => leg.lose())
  await tabs[0].session.logout()
  await settle()
  expect(profile.record).toMatchObject({ failures: 1, tombstone: { sid: 's1' } })
  profile.server.hold(LOGOUT, null)
  profile.server.forget()
  return { profile, tabs }
}

test('a sign-out that waits for its answer is told again by another tab after fifteen seconds, and not before', async () => {
  const profile = createProfile()
  const [tab, other] = [await profile.signedIn(), await profile.openTab()]
  profile.server.hold(LOGOUT, () => undefined)
  await tab.session.logout()
  await settle()
  tab.crash()
  expect(other.session.state.status).toBe('logged-out')
  await profile.clock.advance(14_900)
  expect(profile.server.sentTo(LOGOUT)).toHaveLength(1)
  await profile.clock.advance(200)
  expect(profile.server.sentTo(LOGOUT)).toHaveLength(2)
})

test('a server that answers 500 is asked once by two tabs that find the network again', async () => {
  const { profile, tabs } = await untold()
  profile.server.next(LOGOUT, () => new Response(null, { status: 500 }))
  for (const tab of tabs) tab.tell('online')
  await settle()
  expect(profile.server.sentTo(LOGOUT)).toHaveLength(1)
  expect(profile.record).toMatchObject({ failures: 2, tombstone: { sid: 's1' } })
})

test('a tab that did not hear that the server knows finds that out, and writes nothing', async () => {
  const { profile, tabs } = await untold()
  Object.assign(profile.browser.faults, { channel: 'deaf', mirror: 'refused' })
  tabs[0].tell('online')
  await settle()
  expect(profile.record.tombstone).toBeUndefined()
  const { written } = profile.browser
  const before = written.length
  await profile.clock.advance(120_000)
  expect(written).toHaveLength(before)
  expect(profile.server.sentTo(LOGOUT)).toHaveLength(1)
})

test('a tab that knows of no session tells of none', async () => {
  const { notice, told } = await sampleSignOut()
  await expect(notice.sendPending()).resolves.toBeUndefined()
  expect(told).toEqual([])
})

test('a sign-out whose time to be told has come while the computer slept is told as soon as it is checked', async () => {
  const tombstone = { sid: 'sid', everywhere: false }
  const { clock, tab, notice, told } = await sampleSignOut({
    ...alice,
    status: 'logged-out',
    tombstone,
  })
  tab.settle()
  notice.check()
  clock.sleep(15_000)
  await settle()
  expect(told).toEqual([])
  notice.check()
  await settle()
  expect(told).toEqual([tombstone])
  expect(tab.record?.tombstone).toBeUndefined()
})

test('a page that knows of no session has nothing to tell when it finds the network again', async () => {
  const profile = createProfile({ mode: 'body' })
  const tab = await profile.openTab()
  tab.tell('online')
  await settle()
  expect(profile.server.sent).toEqual([])
  expect(tab.reported).toEqual([])
})

describe('a session that is disposed of', () => {
  test('tells no server later, and leaves no timer behind', async () => {
    const { profile, tabs } = await untold()
    for (const { session } of tabs) session.dispose()
    expect(profile.clock.pending).toBe(0)
    await profile.clock.advance(600_000)
    expect(profile.server.sentTo(LOGOUT)).toEqual([])
  })

  test('right after its logout leaves no timer behind when the server cannot be told', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    profile.server.hold(LOGOUT, (leg) => leg.lose())
    void tab.session.logout()
    tab.session.dispose()
    await settle()
    expect(profile.record.tombstone).toMatchObject({ sid: 's1' })
    expect(profile.clock.pending).toBe(0)
  })

  test('while it waits for the lock tells no server without it', async () => {
    const { profile, tabs } = await untold()
    profile.browser.faults.locks = 'never'
    tabs[0].tell('online')
    await settle()
    for (const { session } of tabs) session.dispose()
    await profile.clock.advance(60_000)
    expect(profile.server.sentTo(LOGOUT)).toEqual([])
    expect(profile.clock.pending).toBe(0)
  })
})
