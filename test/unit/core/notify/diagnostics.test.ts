import { describe, expect, test } from 'vitest'
import { diagnostics, cookieTransport } from '../../../../src/index.ts'
import type { LogEntry } from '../../../../src/core/notify/event-log.ts'
import { settle } from '../../../support/settle.ts'
import { createProfile } from '../../../support/profile.ts'
import { diagnosticsOf } from '../../../support/diagnostics-of.ts'

const found = (entries: readonly LogEntry[], event: string): readonly LogEntry[] =>
  entries.filter((entry) => entry.event === event)

describe('the tab that refreshed', () => {
  test('is told in every tab, with the time it took', async () => {
    const profile = createProfile()
    const { clock, server } = profile
    const [one, two] = [await profile.signedIn(), await profile.openTab()]
    await clock.advance(1_000)
    await profile.expire()
    server.hold('/auth/refresh', ({ pass }) => void clock.schedule(pass, 200))
    await profile.during(2_000, one.session.authFetch('/api/me'))
    await profile.during(2_000, two.session.authFetch('/api/me'))

    const logOfOne = (await diagnosticsOf(one.session)).events
    const refresh = { event: 'refresh', outcome: 'renewed', by: 'this-tab', locked: true, ms: 400 }
    expect(found(logOfOne, 'refresh').at(-1)).toMatchObject(refresh)
    expect(found(logOfOne, 'refreshed').at(-1)).toMatchObject({ by: 'this-tab' })
    const logOfTwo = (await diagnosticsOf(two.session)).events
    expect(found(logOfTwo, 'refreshed')).toMatchObject([{ by: 'other-tab' }])
    expect(found(logOfTwo, 'refresh').every(({ by }) => by === 'other-tab')).toBe(true)
  })

  test('a refresh that another tab was quicker to make says so', async () => {
    const profile = createProfile()
    const tabs = [await profile.signedIn(), await profile.openTab(), await profile.openTab()]
    await profile.expire()
    await profile.during(
      2_000,
      Promise.all(tabs.map(({ session }) => session.authFetch('/api/me'))),
    )
    const logs = await Promise.all(tabs.map(({ session }) => diagnosticsOf(session)))
    const makers = logs.map(({ events }) => found(events, 'refresh').at(-1)?.['by'])
    expect(makers.sort()).toEqual(['other-tab', 'other-tab', 'this-tab'])
    expect(logs.map(({ epoch, generation }) => [epoch, generation])).toEqual(
      Array(3).fill([profile.record.epoch, profile.record.generation]),
    )
  })

  test('a tab that gets the lock after another one finds the work done, and says by whom', async () => {
    const profile = createProfile({ mode: 'body' })
    const tabs = [await profile.signedIn(), await profile.openTab()]
    await profile.expire()
    // Nobody can tell the other that there is a token: it has to look for itself.
    profile.browser.faults.channel = 'deaf'
    profile.browser.faults.mirror = 'refused'
    await profile.during(
      5_000,
      Promise.all(tabs.map(({ session }) => session.authFetch('/api/me'))),
    )
    const logs = await Promise.all(tabs.map(({ session }) => diagnosticsOf(session)))
    expect(logs.map(({ events }) => found(events, 'refresh').at(-1))).toMatchObject([
      { outcome: 'renewed', by: 'this-tab', locked: true },
      { outcome: 'renewed', by: 'other-tab', locked: true },
    ])
  })

  test('a refresh for a user whom another tab has replaced unnoticed is logged as over by that tab', async () => {
    const profile = createProfile()
    const [one, two] = [await profile.signedIn(), await profile.openTab()]
    profile.browser.faults.channel = 'deaf'
    profile.browser.faults.mirror = 'refused'
    // It has looked just now, and so does not look again.
    await profile.during(1_000, one.session.authFetch('/api/me'))
    await two.session.login(profile.server.signIn('bob'))
    const forced = one.session.getAccessToken({ forceRefresh: true })
    await profile.during(
      2_000,
      forced.catch(() => undefined),
    )
    const { events } = await diagnosticsOf(one.session)
    expect(found(events, 'refresh').map(({ outcome, by }) => [outcome, by])).toEqual([
      // Nobody was signed in when the page opened.
      ['over', 'this-tab'],
      ['over', 'other-tab'],
      ['renewed', 'this-tab'],
    ])
  })

  test('a refresh that failed is told with its status and the time of the next', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    profile.server.next('/auth/refresh', () => new Response(null, { status: 503 }))
    await profile.clock.advance(545_000)
    const { events } = await diagnosticsOf(tab.session)
    const [failure] = found(events, 'refresh-failed')
    expect(failure).toMatchObject({ status: 503 })
    expect(failure?.['retryAt']).toBeGreaterThan(failure?.at ?? Infinity)
    // It still holds the token that it had.
    const refresh = found(events, 'refresh').find(({ at }) => at === failure?.at)
    expect(refresh).toMatchObject({ outcome: 'unavailable', by: 'this-tab' })
  })
})

describe('the lock', () => {
  test('is told: free, held by this tab, held by another, and how many wait', async () => {
    const profile = createProfile()
    const { server } = profile
    const tabs = [await profile.signedIn(), await profile.openTab(), await profile.openTab()]
    const locks = async (): Promise<unknown[]> => {
      const told = await Promise.all(tabs.map(({ session }) => diagnosticsOf(session)))
      return told.map(({ lock }) => lock)
    }
    expect(await locks()).toEqual(Array(3).fill({ heldBy: null, pending: 0 }))

    await profile.expire()
    let pass = (): void => undefined
    server.hold('/auth/refresh', (leg) => (pass = () => leg.pass()))
    const answers = tabs.map(({ session }) => session.authFetch('/api/me'))
    await settle()
    const [mine, ...others] = await locks()
    expect(mine).toEqual({ heldBy: 'this-tab', pending: 2 })
    expect(others).toEqual(Array(2).fill({ heldBy: 'other-tab', pending: 2 }))

    server.hold('/auth/refresh', null)
    pass()
    await profile.during(2_000, Promise.all(answers))
    expect(await locks()).toEqual(Array(3).fill({ heldBy: null, pending: 0 }))
  })

  test('that was not granted is logged with the refresh that did without it, and with the time that was waited', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.expire()
    profile.browser.faults.locks = 'never'
    await profile.during(
      30_000,
      tab.session.authFetch('/api/me').catch(() => undefined),
    )
    await profile.clock.advance(10_000)
    profile.browser.faults.locks = 'ok'
    const { events } = await diagnosticsOf(tab.session)
    const [refresh] = found(events, 'refresh').filter(({ outcome }) => outcome === 'renewed')
    expect(refresh).toMatchObject({ by: 'this-tab', locked: false })
    expect(refresh?.['ms']).toBeGreaterThanOrEqual(15_000)
  })

  test.each(['missing', 'never', 'rejects'] as const)(
    'is null where locks are of the kind "%s", within half a second',
    async (locks) => {
      const profile = createProfile()
      profile.browser.faults.locks = locks
      const tab = await profile.openTab()
      expect((await profile.during(500, diagnosticsOf(tab.session))).lock).toBeNull()
    },
  )
})

describe('why the session ended', () => {
  test('is told in every tab, and by whom', async () => {
    const profile = createProfile()
    const [one, two] = [await profile.signedIn(), await profile.openTab()]
    await profile.clock.advance(5_000)
    const at = profile.clock.now()
    await one.session.logout()
    await settle()
    for (const [{ session }, initiator] of [
      [one, 'this-tab'],
      [two, 'other-tab'],
    ] as const) {
      const { status, events } = await diagnosticsOf(session)
      expect(status).toBe('logged-out')
      expect(found(events, 'ended')).toEqual([{ at, event: 'ended', reason: 'logout', initiator }])
    }
  })

  test('is told by the page that is opened after it, too', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn({ session_expires_in: 3_600 })
    profile.clock.sleep(4_000_000)
    tab.close()
    const next = await profile.openTab()
    const { events } = await diagnosticsOf(next.session)
    expect(found(events, 'ready')).toMatchObject([{ found: 'logged-out', reason: 'session-limit' }])
  })
})

test('a page that was frozen or found the network is logged, and a change of windows is not', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  for (let time = 0; time < 10; time++) {
    tab.setVisible(false)
    tab.setVisible(true)
    tab.tell('woke')
  }
  tab.freeze()
  await profile.clock.advance(10_000)
  tab.thaw()
  tab.tell('online')
  await settle()
  const { events } = await diagnosticsOf(tab.session)
  expect(found(events, 'page').map(({ moment }) => moment)).toEqual(['left', 'online'])
})

describe('requests without a token', () => {
  test('are counted by their origin if that is not listed', async () => {
    const fetch = (): Promise<Response> => Promise.resolve(new Response())
    const profile = createProfile({ origins: ['https://api.test'], fetch })
    const { session } = await profile.signedIn()
    for (const url of [
      'https://api2.test/notes?secret=1',
      'https://api2.test/',
      '//cdn.test/logo.svg',
      new URL('http://api.test/'),
      new Request('https://api.test:8443/'),
      // These carry it.
      'https://api.test/notes',
      '/api/notes',
      // These carry none for another reason: the auth endpoints, and what no network sees.
      '/auth/refresh',
      'data:text/plain,hello',
      'https://',
    ])
      await session.authFetch(url)
    expect((await diagnosticsOf(session)).unlistedOrigins).toEqual({
      'https://api2.test': 2,
      'https://cdn.test': 1,
      'http://api.test': 1,
      'https://api.test:8443': 1,
    })
  })

  test('are not counted while nobody is signed in', async () => {
    const profile = createProfile({ fetch: () => Promise.resolve(new Response()) })
    const { session } = await profile.openTab()
    await session.authFetch('https://api2.test/')
    expect((await diagnosticsOf(session)).unlistedOrigins).toEqual({})
  })

  test('are counted for a hundred origins', async () => {
    const profile = createProfile({ fetch: () => Promise.resolve(new Response()) })
    const { session } = await profile.signedIn()
    for (let n = 0; n < 120; n++) await session.authFetch(`https://${n}.test/`)
    await session.authFetch('https://0.test/')
    const { unlistedOrigins } = await diagnosticsOf(session)
    expect(Object.keys(unlistedOrigins)).toHaveLength(100)
    expect(unlistedOrigins['https://0.test']).toBe(2)
  })
})

test('a session without the option has no diagnostics', async () => {
  const profile = createProfile({ diagnostics: undefined })
  const tab = await profile.signedIn()
  expect(await tab.session.diagnostics()).toBeNull()
  tab.session.dispose()
  expect(await tab.session.diagnostics()).toBeNull()
  expect(tab.measured).toEqual([])
})

test.each([
  ['indexed-db', {}],
  ['local-storage', { record: 'rejects' }],
  ['memory', { record: 'rejects', mirror: 'refused' }],
] as const)('the record is kept in %s: that is told', async (storage, faults) => {
  const profile = createProfile()
  Object.assign(profile.browser.faults, faults)
  const tab = await profile.openTab()
  expect((await diagnosticsOf(tab.session)).storage).toBe(storage)
  profile.browser.faults.record = 'ok'
  await profile.clock.advance(6_000)
  await profile.during(1_000, tab.session.login(profile.server.signIn()))
  expect((await diagnosticsOf(tab.session)).storage).toBe('indexed-db')
})

test('keeps the last hundred entries, oldest first, and hands out copies', async () => {
  const heard: LogEntry[] = []
  const profile = createProfile({
    diagnostics: diagnostics({ onLog: (entry) => heard.push(entry) }),
  })
  const tab = await profile.signedIn()
  for (let time = 0; time < 120; time++) tab.tell(time % 2 ? 'left' : 'online')
  await settle()
  const { events } = await diagnosticsOf(tab.session)
  expect(heard.length).toBeGreaterThan(120)
  expect(events).toEqual(heard.slice(-100))
  tab.tell('online')
  await settle()
  expect(events).toEqual(heard.slice(-101, -1))
  expect((await diagnosticsOf(tab.session)).events).toEqual(heard.slice(-100))
})

test('times are those of the clock, and only grow with it', async () => {
  const profile = createProfile()
  const tab = await profile.signedIn()
  const signedInAt = profile.clock.now()
  await profile.clock.advance(600_000)
  const { events } = await diagnosticsOf(tab.session)
  const times = events.map(({ at }) => at)
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect(times[0]).toBe(signedInAt)
  expect(times.at(-1)).toBeGreaterThan(signedInAt + 500_000)
})

describe('onLog', () => {
  test('that throws harms neither the session nor its listeners, and is reported', async () => {
    const mine = new Error('mine')
    const profile = createProfile({
      diagnostics: diagnostics({
        onLog: () => {
          throw mine
        },
      }),
    })
    const tab = await profile.signedIn()
    expect(tab.eventsOf('started')).toHaveLength(1)
    expect(tab.reported.length).toBeGreaterThan(0)
    expect(new Set(tab.reported)).toEqual(new Set([mine]))
    const { events } = await diagnosticsOf(tab.session)
    expect(found(events, 'started')).toHaveLength(1)
  })

  test('may call anything, and every call settles', async () => {
    const calls: Promise<unknown>[] = []
    const profile = createProfile({
      diagnostics: diagnostics({
        onLog: () => {
          calls.push(
            diagnosticsOf(tab.session),
            tab.session.getAccessToken().catch(() => 'none'),
          )
        },
      }),
    })
    const tab = profile.browser.openTab()
    await tab.session.ready
    await tab.session.login(profile.server.signIn())
    await profile.clock.advance(700_000)
    expect(calls.length).toBeGreaterThan(8)
    await profile.during(30_000, Promise.all(calls))
  })
})

test('a name that is a URL is shown without its query', async () => {
  const profile = createProfile({ transport: cookieTransport('/auth?key=secret#secret') })
  const tab = await profile.openTab()
  expect((await diagnosticsOf(tab.session)).name).toBe('latchkey:https://app.test/auth')
})

describe('on the timeline of the developer tools', () => {
  test('each refresh is a span from when it was wanted, with who made it', async () => {
    const profile = createProfile()
    const { clock, server } = profile
    const tab = await profile.signedIn()
    const before = tab.measured.length
    await profile.expire()
    server.hold('/auth/refresh', ({ pass }) => void clock.schedule(pass, 100))
    const startedAt = clock.uptime()
    await profile.during(2_000, tab.session.authFetch('/api/me'))
    expect(tab.measured.slice(before)).toEqual([
      {
        name: 'latchkey:refresh',
        startedAt,
        detail: { outcome: 'renewed', by: 'this-tab', locked: true },
      },
    ])
  })
})
