import { describe, expect, test } from 'vitest'
import { devtools, type SessionDevtools } from '../../../src/devtools/index.ts'
import type { DevtoolsFeature } from '../../../src/devtools/devtools.ts'
import { readDay, writeDay } from '../../../src/devtools/model/day-file.ts'
import { lanesOf, type Lane } from '../../../src/devtools/model/lanes.ts'
import { textOf } from '../../../src/devtools/model/words.ts'
import type { Source } from '../../../src/devtools/watch/source.ts'
import { createProfile, type Profile, type ProfileOptions } from '../../support/profile.ts'
import { refusal } from '../../support/backend.ts'
import { diagnosticsOf } from '../../support/diagnostics-of.ts'
import { settle } from '../../support/settle.ts'
import type { VirtualTab } from '../../../src/testing/virtual-tab.ts'

/** A tab, and what its tools show. */
interface Watched {
  readonly tab: VirtualTab
  readonly source: Source
}

function sourceOf(tools: SessionDevtools): Source {
  const found: Source[] = []
  ;(tools as DevtoolsFeature).watchSource((source) => source && found.push(source))()
  const [source] = found
  if (!source) throw new Error('No session has been created with these tools')
  return source
}

async function open(profile: Profile): Promise<Watched> {
  const tools = devtools({ showPaths: true })
  const tab = await profile.openTab({ diagnostics: tools })
  await profile.clock.advance(10)
  return { tab, source: sourceOf(tools) }
}

/** So many tabs with tools, in which Alice is signed in. */
async function openTabs(
  count: number,
  options?: ProfileOptions,
): Promise<{ readonly profile: Profile; readonly tabs: readonly [Watched, ...Watched[]] }> {
  const profile = createProfile(options)
  const first = await open(profile)
  await first.tab.session.login(profile.browser.signIn('alice'))
  await profile.browser.settle()
  const others: Watched[] = []
  while (others.length < count - 1) others.push(await open(profile))
  await profile.clock.advance(2_000)
  return { profile, tabs: [first, ...others] }
}

function lanes({ source }: Watched): readonly Lane[] {
  return lanesOf(source.book.entries())
}

/** What a lane has of some kinds, in a few words each. */
function told(lane: Lane | undefined, ...kinds: readonly string[]): readonly string[] {
  return lane?.entries.filter(({ kind }) => kinds.includes(kind)).map(textOf) ?? []
}

test('every tab shows the same lanes, numbered in the order in which tabs were opened', async () => {
  const { tabs } = await openTabs(3)
  expect(tabs.map(({ source }) => source.book.tab)).toEqual([1, 2, 3])
  const [one, ...others] = tabs.map(lanes)
  expect(one?.map(({ tab }) => tab)).toEqual([1, 2, 3])
  for (const other of others) expect(other).toEqual(one)
})

test('a tab that is opened later is told what had happened, and one that closes leaves its lane and gives its number on', async () => {
  const { profile, tabs } = await openTabs(2)
  tabs[1]?.tab.close()
  await profile.clock.advance(1_000)
  expect(lanes(tabs[0])[1]?.leftAt).not.toBeNull()
  const third = await open(profile)
  expect(third.source.book.tab).toBe(2)
  expect(told(lanes(third)[0], 'log')).toContain('the user signed in here')
  expect(lanes(third)[1]?.leftAt).toBeNull()
})

test('a page that is opened after all others were closed is told what had happened', async () => {
  const { profile, tabs } = await openTabs(1)
  await tabs[0].tab.session.logout()
  await profile.browser.settle()
  tabs[0].tab.close()
  await profile.clock.advance(60_000)
  const next = await open(profile)
  expect(told(lanes(next)[0], 'log')).toContain('ended: the user logged out, by this tab')
})

test('a tab that has crashed is missed when the roll is called', async () => {
  const { profile, tabs } = await openTabs(2)
  tabs[1]?.tab.crash()
  await profile.clock.advance(1_000)
  expect(lanes(tabs[0])[1]?.leftAt).toBeNull()
  await profile.during(1_000, tabs[0].source.book.callTheRoll())
  expect(lanes(tabs[0])[1]?.leftAt).not.toBeNull()
  expect(told(lanes(tabs[0])[1], 'tab')).toEqual(['gone without a word'])
})

test('a renewal shows which tab asked, which waited, who had the lock, and that every tab has the token', async () => {
  const { profile, tabs } = await openTabs(2)
  await profile.expire()
  await profile.during(5_000, Promise.all(tabs.map(({ tab }) => tab.session.authFetch('/api/me'))))
  const [one, two] = lanes(tabs[0])
  const renewals = [...told(one, 'renewal'), ...told(two, 'renewal')]
  expect(renewals.at(-1)).toBe('asks the server for a new token: 200')
  const last = (lane: Lane | undefined) => told(lane, 'token').at(-1)
  expect([last(one), last(two)].sort()).toEqual([
    'token of another tab, good for 10 min',
    'token renewed here, good for 10 min',
  ])
  expect(told(one, 'lock').length + told(two, 'lock').length).toBeGreaterThan(0)
  expect(told(one, 'call').at(-1)).toBe('GET /api/me: 200')
})

test('a call that was refused for its token is shown with the one that was sent again', async () => {
  const { profile, tabs } = await openTabs(1)
  profile.server.next('/api/me', () => refusal())
  await profile.during(5_000, tabs[0].tab.session.authFetch('/api/me'))
  expect(told(lanes(tabs[0])[0], 'call')).toEqual([
    'GET /api/me: 401',
    'GET /api/me, sent again: 200',
  ])
})

test('a tab tells what it knows of the session, and nothing of the user', async () => {
  const { tabs } = await openTabs(1)
  const state = lanes(tabs[0])[0]?.state
  expect(state).toMatchObject({ session: 'logged-in', generation: 1, storage: 'indexed-db' })
  expect(JSON.stringify(tabs[0].source.book.entries())).not.toContain('alice')
})

describe('mishaps, caused in one tab, happen in all', () => {
  test('the API refuses the token of this moment, and the session renews once', async () => {
    const { profile, tabs } = await openTabs(2)
    tabs[0].source.cause('expire', true)
    await settle()
    profile.server.forget()
    const answers = await profile.during(
      5_000,
      Promise.all(tabs.map(({ tab }) => tab.session.authFetch('/api/me'))),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(profile.server.sent.filter(({ path }) => path === '/auth/refresh')).toHaveLength(1)
    expect(told(lanes(tabs[0])[1], 'call')).toContain('GET /api/me: 401')
  })

  test('offline fails every request until it is over, and then the session is told of the network', async () => {
    const { profile, tabs } = await openTabs(2)
    tabs[0].source.cause('offline', true)
    await settle()
    const failed = tabs[1]?.tab.session.authFetch('/api/me')
    await expect(failed).rejects.toThrow(TypeError)
    // A tab that joins meanwhile is offline, too.
    const third = await open(profile)
    expect(third.source.mishaps.isOn('offline')).toBe(true)
    tabs[0].source.cause('offline', false)
    await settle()
    const answer = await profile.during(5_000, third.tab.session.authFetch('/api/me'))
    expect(answer.status).toBe(200)
    expect(told(lanes(tabs[0])[1], 'log')).toContain('the network is back')
  })

  test('slow answers take three seconds more', async () => {
    const { profile, tabs } = await openTabs(1)
    tabs[0].source.cause('slow', true)
    const startedAt = profile.clock.now()
    let tookMs = 0
    const call = tabs[0].tab.session
      .authFetch('/api/me')
      .then(() => (tookMs = profile.clock.now() - startedAt))
    await profile.during(10_000, call)
    expect(tookMs).toBeGreaterThanOrEqual(3_000)
  })

  test('an API that refuses everything gives its answer to the caller after one renewal', async () => {
    const { profile, tabs } = await openTabs(1)
    tabs[0].source.cause('refuse', true)
    const answer = await profile.during(5_000, tabs[0].tab.session.authFetch('/api/me'))
    expect(answer.status).toBe(401)
    expect(tabs[0].tab.session.state.status).toBe('logged-in')
  })

  test('a clock that is an hour on has every tab renew, and ends nothing', async () => {
    const { profile, tabs } = await openTabs(2)
    tabs[1]?.source.cause('clock', true)
    await profile.clock.advance(1_000)
    const answer = await profile.during(5_000, tabs[0].tab.session.authFetch('/api/me'))
    expect(answer.status).toBe(200)
    expect(profile.record.generation).toBeGreaterThan(1)
  })
})

describe('a file', () => {
  test('holds the timeline and the diagnostics of all tabs, and is read again as it was', async () => {
    const { profile, tabs } = await openTabs(2)
    const diagnostics = await profile.during(2_000, tabs[0].source.collect())
    expect(Object.keys(diagnostics)).toEqual(['1', '2'])
    expect(diagnostics['2']).toEqual(
      await profile.during(2_000, diagnosticsOf((tabs[1] ?? tabs[0]).tab.session)),
    )
    const { name, book } = tabs[0].source
    const day = { name, at: book.now(), entries: book.entries(), diagnostics }
    expect({ ...readDay(writeDay(day)), diagnostics }).toEqual(day)
  })

  test('may also be what session.diagnostics() has given', async () => {
    const { profile, tabs } = await openTabs(1)
    await tabs[0].tab.session.logout()
    await profile.browser.settle()
    const text = JSON.stringify(await profile.during(2_000, tabs[0].tab.session.diagnostics()))
    const day = readDay(text)
    const [lane] = lanesOf(day.entries)
    expect(told(lane, 'log')).toContain('ended: the user logged out, by this tab')
    expect(lane?.state).toMatchObject({ session: 'logged-out' })
  })

  test.each([
    ['{"format":"har"}', 'no file of latchkey'],
    ['{"format":"latchkey-devtools","version":2}', 'another version: 2'],
    ['{"format":"latchkey-devtools","version":1}', 'no list of entries'],
    ['null', 'no file of latchkey'],
    ['<html>', 'no JSON'],
  ])('that is something else is refused: %s', (text, why) => {
    expect(() => readDay(text)).toThrow(why)
  })
})

test('options are checked', () => {
  expect(() => devtools({ showPaths: 'yes' as never })).toThrow(
    new TypeError('The "showPaths" option must be a boolean; it is string'),
  )
  expect(() => devtools({ onLog: 'log' as never })).toThrow(TypeError)
  expect(() => devtools({ mount: 1 as never })).toThrow('"mount"')
})

test('a session that is disposed of leaves its lane, and has no tools any more', async () => {
  const { profile, tabs } = await openTabs(2)
  tabs[1]?.tab.session.dispose()
  await profile.clock.advance(1_000)
  expect(lanes(tabs[0])[1]?.leftAt).not.toBeNull()
})
