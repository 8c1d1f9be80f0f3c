import { describe, expect, test } from 'vitest'
import { idleTimeout } from '../../../../src/index.ts'
import type { SessionEvents } from '../../../../src/session-state.ts'
import { settle } from '../../../support/settle.ts'
import { json } from '../../../support/fake-server.ts'
import { createProfile } from '../../../support/profile.ts'
import { diagnosticsOf } from '../../../support/diagnostics-of.ts'

const REFRESH = '/auth/refresh'
const EVENTS: readonly (keyof SessionEvents)[] = ['started', 'refreshed', 'refresh-failed', 'ended']

describe('events', () => {
  test('are emitted once for each change in every tab, through sign-in, renewals, failure and sign-out', async () => {
    const profile = createProfile()
    const tabs = [await profile.openTab(), await profile.openTab()]
    await tabs[0]?.session.login(profile.server.signIn())
    await profile.expire()
    await profile.during(2_000, Promise.all(tabs.map(({ session }) => session.getAccessToken())))
    profile.server.next(REFRESH, () => json({}, 500))
    await profile.expire()
    await profile.during(2_000, Promise.all(tabs.map(({ session }) => session.getAccessToken())))
    await tabs[1]?.session.logout()
    await settle()
    for (const [index, { events }] of tabs.entries()) {
      const told = events.map(([name]) => name).filter((name) => name !== 'refresh-failed')
      expect(told, `tab ${String(index)}`).toEqual(['started', 'refreshed', 'refreshed', 'ended'])
    }
    // Who tried tells of the failure; there was one.
    expect(tabs.flatMap(({ eventsOf }) => eventsOf('refresh-failed'))).toHaveLength(1)
    expect(tabs[0]?.eventsOf('ended')).toMatchObject([{ initiator: 'other-tab' }])
    expect(tabs[1]?.eventsOf('ended')).toMatchObject([{ initiator: 'this-tab' }])
  })

  test('a hundred changes of focus cost no request and no event, and the state stays the same object', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await settle()
    const { state } = tab.session
    let changes = 0
    tab.session.subscribe(() => changes++)
    const events = tab.events.length
    for (let cycle = 0; cycle < 100; cycle++) {
      tab.setVisible(cycle % 2 === 1)
      tab.tell('woke')
      await profile.clock.advance(1_000)
    }
    expect(profile.server.sent).toEqual([])
    expect(tab.events).toHaveLength(events)
    expect(changes).toBe(0)
    expect(tab.session.state).toBe(state)
  })

  test('a listener that another one has removed is not called, not even with the same event', async () => {
    const profile = createProfile()
    const { session } = await profile.openTab()
    const heard: string[] = []
    session.on('started', () => {
      heard.push('first')
      leave()
    })
    const leave = session.on('started', () => heard.push('second'))
    session.on('started', () => heard.push('third'))
    await session.login(profile.server.signIn())
    await settle()
    expect(heard).toEqual(['first', 'third'])
  })

  test('subscribe calls its listener after each change of state, which finds the new state', async () => {
    const profile = createProfile()
    const tab = await profile.openTab()
    const seen: unknown[] = []
    const stop = tab.session.subscribe(() => seen.push(tab.session.state.status))
    await tab.session.login(profile.server.signIn())
    await tab.session.logout()
    await settle()
    expect(seen).toEqual(['logged-in', 'logged-out'])
    stop()
    stop()
    await tab.session.login(profile.server.signIn())
    await settle()
    expect(seen).toHaveLength(2)
  })

  test('the same listener registered twice is called twice, and unsubscribes one at a time', async () => {
    const profile = createProfile()
    const tab = await profile.openTab()
    let calls = 0
    const listener = (): number => calls++
    const stop = tab.session.on('started', listener)
    tab.session.on('started', listener)
    await tab.session.login(profile.server.signIn())
    await settle()
    expect(calls).toBe(2)
    stop()
    await tab.session.login(profile.server.signIn('bob'))
    await settle()
    expect(calls).toBe(3)
  })

  test('come after the lock was let go and the record written', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const seen: unknown[] = []
    tab.session.on('refreshed', () =>
      seen.push([profile.browser.heldLocks.size, profile.record.generation]),
    )
    tab.session.onSessionEnded(() => seen.push(profile.record.status))
    await tab.session.getAccessToken({ forceRefresh: true })
    await settle()
    await tab.session.logout()
    await settle()
    expect(seen).toEqual([[0, 2], 'logged-out'])
  })

  test('the end is announced within half a second even if the record hangs', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    profile.browser.faults.record = 'hangs'
    void tab.session.logout()
    await profile.clock.advance(499)
    expect(tab.eventsOf('ended')).toEqual([])
    await profile.clock.advance(1)
    await settle()
    expect(tab.eventsOf('ended')).toHaveLength(1)
  })
})

describe('listeners', () => {
  test('that throw are reported, and neither stop the others nor the session', async () => {
    const profile = createProfile()
    const tab = await profile.openTab()
    const heard: string[] = []
    for (const name of EVENTS) {
      tab.session.on(name, () => {
        throw new Error(`from ${name}`)
      })
      tab.session.on(name, () => heard.push(name))
    }
    tab.session.subscribe(() => {
      throw new Error('from subscribe')
    })
    await tab.session.login(profile.server.signIn())
    await tab.session.getAccessToken({ forceRefresh: true })
    await tab.session.logout()
    await settle()
    expect(heard).toEqual(['started', 'refreshed', 'ended'])
    const messages = tab.reported.map((error) => (error as Error).message)
    expect(messages.filter((message) => message !== 'from subscribe')).toEqual([
      'from started',
      'from refreshed',
      'from ended',
    ])
    expect(messages).toContain('from subscribe')
  })

  test('that never settle delay no other listener', async () => {
    const profile = createProfile()
    const tab = await profile.openTab()
    // As an async listener that never returns.
    // eslint-disable-next-line @typescript-eslint/no-misused-promises
    for (const name of EVENTS) tab.session.on(name, () => new Promise<void>(() => undefined))
    await tab.session.login(profile.server.signIn())
    expect(await tab.session.getAccessToken({ forceRefresh: true })).toBeTypeOf('string')
    await tab.session.logout()
    await settle()
    expect(tab.eventsOf('ended')).toHaveLength(1)
  })

  test('may call anything, and every call settles', async () => {
    const profile = createProfile()
    const tab = await profile.openTab()
    const calls: Promise<PromiseSettledResult<unknown>[]>[] = []
    let budget = 40
    for (const name of EVENTS) {
      const stop = tab.session.on(name, () => {
        if (budget-- <= 0) return
        const { session } = tab
        calls.push(
          Promise.allSettled([
            session.getAccessToken(),
            session.getAccessToken({ forceRefresh: true }),
            session.authFetch('/api/me'),
            session.takeLastEnd(),
            session.ready,
          ]),
        )
        session.subscribe(() => undefined)()
        session.on('ended', () => undefined)()
        if (name === 'refreshed' && budget > 30) stop()
      })
    }
    await tab.session.login(profile.server.signIn())
    await tab.session.getAccessToken({ forceRefresh: true })
    await profile.clock.advance(5_000)
    await tab.session.logout()
    await profile.clock.advance(20_000)
    expect(calls.length).toBeGreaterThan(2)
    const outcomes = (await Promise.all(calls)).flat()
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ name: 'SessionError' })
    }
    expect(tab.session.state.status).toBe('logged-out')
  })

  test('may sign out when the session starts, and sign in when it ends', async () => {
    const profile = createProfile()
    const tab = await profile.openTab()
    let times = 0
    tab.session.on('started', () => {
      if (times++ === 0) void tab.session.logout()
    })
    tab.session.onSessionEnded(() => void tab.session.login(profile.server.signIn('bob')))
    await tab.session.login(profile.server.signIn())
    await profile.clock.advance(1_000)
    expect(tab.events.map(([name]) => name)).toEqual(['started', 'ended', 'started'])
    expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'bob' })
    expect(profile.browser.heldLocks.size).toBe(0)
  })

  test('added while an event is delivered are not called with it, and neither are removed ones', async () => {
    const profile = createProfile()
    const tab = await profile.openTab()
    const heard: string[] = []
    tab.session.on('started', () => {
      heard.push('first')
      stop()
      tab.session.on('started', () => heard.push('late'))
    })
    const stop = tab.session.on('ended', () => heard.push('ended'))
    await tab.session.login(profile.server.signIn())
    await tab.session.logout()
    await settle()
    expect(heard).toEqual(['first'])
  })
})

describe('dispose', () => {
  test('leaves no timer and no listener behind, however often it is called', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ session_expires_in: 3_600 })
    await tab.session.authFetch('/api/me')
    expect(profile.clock.pending).toBeGreaterThan(0)
    expect(profile.browser.holding).toBeGreaterThan(0)
    tab.session.dispose()
    tab.session.dispose()
    await settle()
    expect(profile.clock.pending).toBe(0)
    expect(profile.browser.holding).toBe(0)
    await expect(tab.session.authFetch('/api/me')).rejects.toMatchObject({ code: 'disposed' })
    await expect(tab.session.getAccessToken()).rejects.toMatchObject({ code: 'disposed' })
    await expect(tab.session.login({})).rejects.toMatchObject({ code: 'disposed' })
  })

  test.each(['restoring', 'refreshing', 'waiting for the lock', 'backing off'] as const)(
    'while %s leaves nothing behind either, once what is under way is over',
    async (moment) => {
      const profile = createProfile()
      const first = await profile.signedIn()
      await profile.expire()
      if (moment === 'waiting for the lock') profile.browser.faults.locks = 'never'
      if (moment === 'refreshing') profile.server.hold(REFRESH, () => undefined)
      if (moment === 'backing off') profile.server.next(REFRESH, () => json({}, 500))
      if (moment === 'restoring') first.session.dispose()
      const tab = moment === 'restoring' ? profile.browser.openTab() : first
      if (moment !== 'restoring') {
        void tab.session.getAccessToken().catch(() => undefined)
        await settle()
      }
      expect(profile.browser.holding).toBeGreaterThan(0)
      tab.session.dispose()
      await profile.clock.advance(30_000)
      expect(profile.clock.pending).toBe(0)
      expect(profile.browser.holding).toBe(0)
    },
  )

  test('tells its listeners nothing more, of what was on its way either', async () => {
    const profile = createProfile({ idle: idleTimeout({ afterMs: 15 * 60_000 }) })
    const [tab, other] = [await profile.signedIn(), await profile.openTab()]
    await profile.expire()
    const asked = tab.session.getAccessToken()
    const told: unknown[] = []
    tab.session.subscribe(() => told.push('change'))
    for (const event of EVENTS) tab.session.on(event, () => told.push(event))
    tab.session.reportActivity()
    tab.session.dispose()
    tab.session.subscribe(() => told.push('change'))
    await profile.during(2_000, Promise.allSettled([asked, other.session.logout()]))
    expect(other.eventsOf('ended')).toHaveLength(1)
    expect(told).toEqual([])
    // A bug report may come after the end.
    const { events } = await diagnosticsOf(tab.session)
    expect(events.at(-1)).toMatchObject({ event: 'ended' })
  })

  test('two hundred sessions that come and go leave the page as it was', async () => {
    const profile = createProfile()
    for (let time = 0; time < 200; time++) profile.browser.openTab().session.dispose()
    await profile.clock.advance(1_000)
    await settle()
    expect(profile.clock.pending).toBe(0)
    expect(profile.browser.holding).toBe(0)
  })

  test('ends nothing: another tab and the next page still have the session', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const other = await profile.openTab()
    tab.session.dispose()
    await settle()
    expect(other.session.state.status).toBe('logged-in')
    expect(other.eventsOf('ended')).toEqual([])
    expect((await other.session.authFetch('/api/me')).status).toBe(200)
  })
})
