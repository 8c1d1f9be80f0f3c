import { describe, expect, test } from 'vitest'
import { serverEvents } from '../../../src/index.ts'
import type { VirtualTab } from '../../../src/testing/virtual-tab.ts'
import { createEventServer, EVENTS } from '../../support/event-server.ts'
import { heardBy, openEventTabs } from '../../support/event-tabs.ts'
import { createProfile } from '../../support/profile.ts'

const LOCK = 'latchkey:https://app.test/auth:events'

describe('while somebody is signed in', () => {
  test('ten tabs hold one connection, and each hears of each event once', async () => {
    const { profile, server, tabs } = await openEventTabs(10)
    expect(server.streams).toHaveLength(1)
    server.last.send('1', { type: 'note', id: 'a' })
    server.last.send('2')
    await profile.browser.settle()
    for (const tab of tabs)
      expect(tab.eventsOf('server-event')).toEqual([
        { type: 'note', data: '1', id: 'a' },
        { type: 'message', data: '2', id: null },
      ])
    expect(server.asked).toBe(1)
  })

  test('it is opened with a good token, past every cache', async () => {
    const { server, profile } = await openEventTabs(1)
    const { headers, token } = server.last
    expect(token).toBe(await profile.during(0, profile.browser.openTab().session.getAccessToken()))
    expect(headers.get('accept')).toBe('text/event-stream')
    expect(headers.has('last-event-id')).toBe(false)
  })

  test('nobody is signed in: there is none, and nothing is asked', async () => {
    const profile = createProfile({ events: serverEvents(EVENTS) })
    const server = createEventServer(profile.server)
    const tab = await profile.openTab()
    await profile.clock.advance(60_000)
    expect(server.asked).toBe(0)
    expect(profile.browser.heldLocks.has(LOCK)).toBe(false)
    await tab.session.login(profile.server.signIn())
    await profile.browser.settle()
    expect(server.open).toHaveLength(1)
  })

  test('a session that was restored has one as well', async () => {
    const { profile, server, holder } = await openEventTabs(1)
    holder.close()
    await profile.browser.settle()
    expect(server.open).toHaveLength(0)
    await profile.openTab()
    await profile.clock.advance(2_000)
    expect(server.open).toHaveLength(1)
  })
})

const FATES = [
  ['is closed', (tab: VirtualTab) => tab.close()],
  ['crashes', (tab: VirtualTab) => tab.crash()],
  ['is frozen', (tab: VirtualTab) => tab.freeze()],
  ['goes into the back/forward cache', (tab: VirtualTab) => tab.cache()],
  ['disposes of its session', (tab: VirtualTab) => tab.session.dispose()],
] as const

describe('when the tab that has it', () => {
  test.each(FATES)(
    '%s, another one takes over at once, from the last event on',
    async (_, befall) => {
      const { profile, server, tabs, holder } = await openEventTabs(3)
      server.last.send('1', { id: 'a' })
      server.last.write('id: b\n\n')
      await profile.browser.settle()
      befall(holder)
      await profile.browser.settle()
      expect(server.open).toHaveLength(1)
      expect(server.last.headers.get('last-event-id')).toBe('b')
      server.last.send('2')
      await profile.browser.settle()
      for (const tab of tabs.slice(1)) expect(heardBy(tab)).toEqual(['1', '2'])
    },
  )

  test.each(FATES.slice(2, 4))(
    '%s and comes back, it waits for its next turn',
    async (_, befall) => {
      const { profile, server, holder, other } = await openEventTabs(2)
      befall(holder)
      await profile.browser.settle()
      server.last.send('1', { id: 'a' })
      await profile.browser.settle()
      holder.thaw()
      await profile.clock.advance(1_000)
      expect(server.open).toHaveLength(1)
      expect(other.locks.has(LOCK)).toBe(true)
      server.last.send('2')
      await profile.browser.settle()
      expect(heardBy(holder).at(-1)).toBe('2')

      other.crash()
      await profile.browser.settle()
      // On its return it was told what it has missed in the cache, where it hears nothing.
      expect(server.last.headers.get('last-event-id')).toBe('a')
      expect(holder.locks.has(LOCK)).toBe(true)
    },
  )

  test.each(FATES.slice(2, 4))(
    '%s while it waits for its database, another one takes over at once',
    async (_, befall) => {
      const { profile, server, holder, other } = await openEventTabs(2)
      server.last.send('1')
      await profile.browser.settle()
      holder.faults.record = 'hangs'
      server.last.end()
      await profile.clock.advance(800)
      expect(server.open).toHaveLength(0)
      befall(holder)
      await profile.browser.settle()
      expect(server.open).toHaveLength(1)
      expect(other.locks.has(LOCK)).toBe(true)
      holder.thaw()
      await profile.clock.advance(5_000)
      expect(server.open).toHaveLength(1)
      server.last.send('2')
      await profile.browser.settle()
      expect(heardBy(holder)).toEqual(['1', '2'])
    },
  )

  test('is hidden, it keeps it', async () => {
    const { profile, server, holder } = await openEventTabs(2)
    holder.setVisible(false)
    await profile.clock.advance(40_000)
    expect(server.streams).toHaveLength(1)
    expect(holder.locks.has(LOCK)).toBe(true)
  })

  test('a tab that was opened after an event takes over from there as well', async () => {
    const { profile, server, holder } = await openEventTabs(1)
    server.last.send('1', { id: 'a' })
    await profile.browser.settle()
    const late = await profile.openTab()
    holder.crash()
    await profile.browser.settle()
    expect(server.last.headers.get('last-event-id')).toBe('a')
    expect(heardBy(late)).toEqual([])
  })

  test('dies with an event on its way to the others, they hear of that once, though the server sends it again', async () => {
    const { profile, server, tabs, holder, other } = await openEventTabs(3)
    const late: (() => void)[] = []
    profile.browser.holdMessages(({ deliver }) => late.push(deliver))
    server.last.send('1', { id: 'a' })
    await profile.browser.settle()
    expect(heardBy(holder)).toEqual(['1'])
    // It reaches one of them in time, and the other too late.
    late[1]?.()
    await profile.browser.settle()
    holder.crash()
    await profile.browser.settle()
    profile.browser.holdMessages(null)
    expect(server.last.headers.has('last-event-id')).toBe(false)
    server.last.send('1', { id: 'a' })
    server.last.send('2', { id: 'b' })
    await profile.browser.settle()
    late[0]?.()
    late[1]?.()
    await profile.browser.settle()
    for (const tab of tabs.slice(1)) expect(heardBy(tab)).toEqual(['1', '2'])
    other.crash()
    await profile.browser.settle()
    expect(server.last.headers.get('last-event-id')).toBe('b')
  })

  test('dies with an event on its way that the server does not send again, the next one takes no step back for it', async () => {
    const { profile, server, holder, other } = await openEventTabs(2)
    const late: (() => void)[] = []
    profile.browser.holdMessages(({ deliver }) => late.push(deliver))
    server.last.send('1', { id: 'a' })
    await profile.browser.settle()
    holder.crash()
    await profile.browser.settle()
    server.last.send('2', { id: 'b' })
    await profile.browser.settle()
    for (const deliver of late) deliver()
    await profile.browser.settle()
    expect(heardBy(other)).toEqual(['2', '1'])
    server.last.end()
    await profile.clock.advance(1_000)
    expect(server.last.headers.get('last-event-id')).toBe('b')
  })

  test('what another version may say on the channel keeps nothing from being heard after it', async () => {
    const { profile, server, tabs } = await openEventTabs(3)
    const { session } = profile.record
    for (const said of [null, 7, {}, { type: 'block' }, { type: 'new' }, { type: 'at' }])
      profile.browser.say(said && typeof said === 'object' ? { ...said, session } : said)
    await profile.browser.settle()
    server.last.send('1')
    await profile.browser.settle()
    expect(tabs.map(heardBy)).toEqual([['1'], ['1'], ['1']])
  })

  test('an event without an id that reaches a tab twice is told once', async () => {
    const { profile, server, other } = await openEventTabs(2)
    profile.browser.holdMessages(({ deliver }) => {
      deliver()
      deliver()
    })
    server.last.send('1')
    server.last.send('1')
    await profile.browser.settle()
    expect(heardBy(other)).toEqual(['1', '1'])
  })

  test('an id that a server gives to two events in a row is no reason to keep one back', async () => {
    const { profile, server, tabs } = await openEventTabs(2)
    server.last.send('1', { id: 'a' })
    server.last.send('2', { id: 'a' })
    await profile.browser.settle()
    for (const tab of tabs) expect(heardBy(tab)).toEqual(['1', '2'])
  })

  test('an id that comes again after a while is that of another event', async () => {
    const { profile, server, tabs } = await openEventTabs(2)
    server.last.send('1', { id: 'a' })
    await profile.clock.advance(11_000)
    server.last.end()
    await profile.clock.advance(2_000)
    server.last.send('2', { id: 'a' })
    await profile.browser.settle()
    for (const tab of tabs) expect(heardBy(tab)).toEqual(['1', '2'])
  })
})

describe('without', () => {
  test.each(['locks', 'channel'] as const)('%s each visible tab has its own', async (missing) => {
    const profile = createProfile({ events: serverEvents(EVENTS) })
    profile.browser.faults[missing] = 'missing'
    const server = createEventServer(profile.server)
    const tabs = [await profile.signedIn(), await profile.openTab(), await profile.openTab()]
    // Without a channel they find the session when they next look at the record.
    await profile.clock.advance(11_000)
    expect(server.open).toHaveLength(3)
    for (const stream of server.open) stream.send('1', { id: 'a' })
    await profile.browser.settle()
    for (const tab of tabs) expect(heardBy(tab)).toEqual(['1'])

    tabs[0]?.setVisible(false)
    await profile.browser.settle()
    expect(server.open).toHaveLength(2)
    tabs[0]?.setVisible(true)
    await profile.browser.settle()
    expect(server.open).toHaveLength(3)
    expect(server.last.headers.get('last-event-id')).toBe('a')
  })

  test('locks that can be had, each visible tab has its own as well', async () => {
    const profile = createProfile({ events: serverEvents(EVENTS) })
    profile.browser.faults.locks = 'rejects'
    const server = createEventServer(profile.server)
    const tabs = [await profile.signedIn(), await profile.openTab()]
    await profile.clock.advance(2_000)
    expect(server.open).toHaveLength(2)
    for (const stream of server.open) stream.send('1')
    await profile.browser.settle()
    for (const tab of tabs) expect(heardBy(tab)).toEqual(['1'])
  })
})

test('a session that is disposed of leaves nothing behind', async () => {
  const { profile, server, tabs } = await openEventTabs(3)
  server.last.send('1')
  await profile.browser.settle()
  for (const { session } of tabs) session.dispose()
  await profile.clock.advance(60_000)
  expect(server.open).toHaveLength(0)
  expect(profile.browser.holding).toBe(0)
  expect([...profile.browser.heldLocks]).toEqual([])
  expect(profile.clock.pending).toBe(0)
})
