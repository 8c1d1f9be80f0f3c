import { describe, expect, test } from 'vitest'
import { diagnostics, idleTimeout, serverEvents, type ServerEvent } from '../../../src/index.ts'
import type { VirtualTab } from '../../../src/testing/virtual-tab.ts'
import { EVENTS } from '../../support/event-server.ts'
import { heardBy, openEventTabs } from '../../support/event-tabs.ts'
import { diagnosticsOf } from '../../support/diagnostics-of.ts'

describe('an event `revoked`', () => {
  test.each(['cookie', 'body'] as const)(
    'ends the session in all tabs, in %s mode, without any request',
    async (mode) => {
      const { profile, server, tabs } = await openEventTabs(10, { mode })
      server.last.send('{}', { type: 'revoked', id: 'a' })
      await profile.browser.settle()
      for (const tab of tabs) {
        expect(tab.session.state.status).toBe('logged-out')
        expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'revoked', initiator: 'server' }])
        expect(heardBy(tab)).toEqual([])
      }
      await profile.clock.advance(120_000)
      expect(profile.server.sent).toEqual([])
      expect(server.open).toHaveLength(0)
    },
  )

  test('aborts what is in flight', async () => {
    const { profile, server, tabs } = await openEventTabs(2)
    profile.server.hold('/api/notes', () => undefined)
    const calls = tabs.map(({ session }) =>
      session.authFetch('/api/notes').catch((error: unknown) => error),
    )
    await profile.browser.settle()
    server.last.send('{}', { type: 'revoked' })
    await profile.browser.settle()
    for (const error of await Promise.all(calls))
      expect(error).toMatchObject({ code: 'session_ended', reason: 'revoked' })
  })

  test('is the last that is heard of the stream', async () => {
    const { profile, server, tabs } = await openEventTabs(2)
    server.last.write('data: 1\n\nevent: revoked\ndata: {}\n\ndata: 2\n\n')
    await profile.browser.settle()
    for (const tab of tabs) expect(heardBy(tab)).toEqual(['1'])
  })

  test('ends the session in a frozen tab before it shows anything', async () => {
    const { profile, server, tabs } = await openEventTabs(2)
    const [, frozen] = tabs as [VirtualTab, VirtualTab]
    frozen.freeze()
    server.last.send('{}', { type: 'revoked' })
    await profile.browser.settle()
    frozen.thaw()
    await profile.browser.settle()
    expect(frozen.eventsOf('ended')).toMatchObject([{ reason: 'revoked' }])
  })

  test('means something only by its type', async () => {
    const { profile, server, tabs } = await openEventTabs(1)
    server.last.send('revoked', { type: 'Revoked' })
    server.last.send('revoked')
    await profile.browser.settle()
    expect(tabs[0]?.session.state.status).toBe('logged-in')
    expect(tabs.map(heardBy)).toEqual([['revoked', 'revoked']])
  })
})

describe('an event `renew`', () => {
  test('fetches a new token, once for all tabs', async () => {
    const { profile, server, tabs } = await openEventTabs(10)
    server.last.send('{}', { type: 'renew' })
    await profile.clock.advance(2_000)
    expect(profile.server.refreshes).toHaveLength(1)
    for (const tab of tabs) {
      expect(tab.eventsOf('refreshed').length).toBe(1)
      expect(heardBy(tab)).toEqual([])
    }
    // The stream goes on.
    expect(server.streams).toHaveLength(1)
  })

  test('fetches one newer than what another tab has only just got', async () => {
    const { profile, server, tabs } = await openEventTabs(2, { mode: 'body' })
    profile.browser.holdMessages(() => undefined)
    const [, other] = tabs as [VirtualTab, VirtualTab]
    other.faults.mirror = 'refused'
    await profile.during(1_000, other.session.getAccessToken({ forceRefresh: true }))
    server.last.send('{}', { type: 'renew' })
    await profile.clock.advance(2_000)
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(['rotated', 'rotated'])
  })

  test('that cannot be heeded now ends nothing', async () => {
    const { profile, server, tabs } = await openEventTabs(2)
    profile.server.next('/auth/refresh', () => new Response(null, { status: 503 }))
    server.last.send('{}', { type: 'renew' })
    await profile.clock.advance(5_000)
    for (const tab of tabs) expect(tab.session.state.status).toBe('logged-in')
    expect(profile.server.refreshes).toHaveLength(1)
  })

  test('is no activity', async () => {
    const { profile, server, tabs } = await openEventTabs(1, {
      idle: idleTimeout({ afterMs: 15 * 60_000 }),
    })
    for (let minute = 0; minute < 15; minute++) {
      server.last.send('{}', { type: 'renew' })
      server.last.send('1')
      await profile.clock.advance(30_000)
      server.last.write(':\n')
      await profile.clock.advance(30_000)
    }
    expect(tabs[0]?.eventsOf('ended')).toMatchObject([{ reason: 'idle' }])
  })
})

describe('what an event means', () => {
  test('can be judged by the application', async () => {
    const judged: ServerEvent[] = []
    const events = serverEvents(EVENTS, {
      judgeEvent(event) {
        judged.push(event)
        if (event.data === 'banned') return 'ended'
        return event.type === 'roles' ? 'renew' : 'ok'
      },
    })
    const { profile, server, tabs } = await openEventTabs(2, { events })
    server.last.send('1', { type: 'revoked', id: 'a' })
    server.last.send('2', { type: 'roles' })
    await profile.clock.advance(2_000)
    expect(profile.server.refreshes).toHaveLength(1)
    for (const tab of tabs) expect(heardBy(tab)).toEqual(['1'])
    server.last.send('banned')
    await profile.browser.settle()
    for (const tab of tabs) expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'revoked' }])
    expect(judged).toEqual([
      { type: 'revoked', data: '1', id: 'a' },
      { type: 'roles', data: '2', id: null },
      { type: 'message', data: 'banned', id: null },
    ])
  })

  test('is for the application to find out when judging it throws', async () => {
    const problem = new Error('Not today')
    const events = serverEvents(EVENTS, {
      judgeEvent() {
        throw problem
      },
    })
    const { profile, server, tabs } = await openEventTabs(1, { events })
    server.last.send('1')
    server.last.send('2')
    await profile.browser.settle()
    expect(tabs.map(heardBy)).toEqual([['1', '2']])
    expect(tabs[0]?.reported).toEqual([problem, problem])
  })

  test('an event stream is not given to `judgeResponse`, which would wait for its end', async () => {
    const judge = async (response: Response): Promise<'ok'> => {
      await response.clone().text()
      return 'ok'
    }
    const { profile, server, tabs } = await openEventTabs(1, { judgeResponse: judge })
    server.last.send('1')
    await profile.browser.settle()
    expect(tabs.map(heardBy)).toEqual([['1']])
  })
})

describe('a session that follows another', () => {
  test('has a stream of its own, from the beginning, and hears nothing of the one before', async () => {
    const { profile, server, tabs } = await openEventTabs(3)
    const first = server.last
    first.send('1', { id: 'a' })
    await profile.browser.settle()
    const late: (() => void)[] = []
    profile.browser.holdMessages(({ deliver }) => late.push(deliver))
    first.send('for alice', { id: 'b' })
    await profile.browser.settle()
    profile.browser.holdMessages(null)
    await tabs[1]?.session.login(profile.server.signIn('bob'))
    await profile.browser.settle()
    for (const deliver of late) deliver()
    await profile.clock.advance(2_000)
    expect(first.isOpen).toBe(false)
    expect(server.open).toHaveLength(1)
    expect(server.last.headers.has('last-event-id')).toBe(false)
    expect(tabs.slice(1).map(heardBy)).toEqual([['1'], ['1']])
    server.last.send('for bob', { id: 'a' })
    await profile.browser.settle()
    for (const tab of tabs) expect(heardBy(tab).at(-1)).toBe('for bob')
  })

  test.each(['revoked', 'renew'])('is not touched by a `%s` of the one before', async (type) => {
    const { profile, server, tabs } = await openEventTabs(2)
    const [holder, other] = tabs as [VirtualTab, VirtualTab]
    holder.setVisible(false)
    // It does not hear of bob.
    other.faults.mirror = 'refused'
    profile.browser.holdMessages(() => undefined)
    await other.session.login(profile.server.signIn('bob'))
    await profile.browser.settle()
    expect(holder.session.state.subject).toBe('alice')
    server.streams[0]?.send('{}', { type })
    await profile.clock.advance(5_000)
    for (const { session } of tabs)
      expect(session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
    expect(profile.server.refreshes).toEqual([])
  })

  test('is heard from its first event on, also by a tab that has not heard of it yet', async () => {
    const { profile, server, holder } = await openEventTabs(1)
    const unaware = profile.browser.openTab()
    unaware.faults.locks = 'never'
    await profile.clock.advance(2_000)
    const held: { message: unknown; deliver: () => void }[] = []
    holder.faults.mirror = 'refused'
    profile.browser.holdMessages((delivery) => held.push(delivery))
    await holder.session.login(profile.server.signIn('bob'))
    await profile.clock.advance(2_000)
    server.last.send('1')
    server.last.send('2')
    await profile.browser.settle()
    expect(unaware.session.state.subject).toBe('alice')
    for (const { message, deliver } of held)
      if ((message as { type: string }).type === 'block') deliver()
    await profile.browser.settle()
    expect(unaware.session.state.subject).toBe('bob')
    expect(heardBy(unaware)).toEqual(['1', '2'])
  })
})

test('what an event holds is in no log', async () => {
  const logged: unknown[] = []
  const { profile, server, tabs } = await openEventTabs(2, {
    diagnostics: diagnostics({ onLog: (entry) => logged.push(entry) }),
  })
  server.last.send('s3cr3t', { type: 's3cr3t', id: 's3cr3t' })
  server.last.send('s3cr3t', { type: 'revoked', id: 's3cr3t' })
  await profile.browser.settle()
  for (const { session } of tabs) logged.push(await diagnosticsOf(session))
  expect(tabs.map(heardBy)).toEqual([['s3cr3t'], ['s3cr3t']])
  expect(JSON.stringify(logged)).toContain('revoked')
  expect(JSON.stringify(logged)).not.toMatch(/s3cr3t|server-event/)
})
