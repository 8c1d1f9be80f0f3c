import { expect, test } from 'vitest'
import { useBackend, type Backend } from './support/backend.ts'
import { useBrowser } from './engines/browser.ts'
import { can, type Feature } from './engines/engines.ts'
import type { Tab } from './engines/tab.ts'
import { createEventRoutes } from './support/event-routes.ts'
import { REPEATS } from './support/repeats.ts'
import {
  expire,
  journal,
  lastEnd,
  loggedIn,
  loggedOut,
  onEach,
  stateOf,
} from './support/session-tabs.ts'
import { until } from '../support/patience.ts'

const newContext = useBrowser()
const start = useBackend()

interface Fate {
  readonly name: string
  /** What the engine must be able to do. */
  readonly feature?: Feature
  befalls(tab: Tab, backend: Backend): Promise<void>
  /** Brings the tab back, where that is possible. */
  undo?(tab: Tab): Promise<void>
}

const ALL_FATES: readonly Fate[] = [
  { name: 'closed', befalls: (tab) => tab.close() },
  {
    name: 'crashed',
    feature: 'connections that end with their process',
    befalls: (tab) => tab.crash(),
  },
  {
    name: 'frozen',
    feature: 'freezing a page',
    befalls: (tab) => tab.freeze(),
    undo: (tab) => tab.thaw(),
  },
  {
    name: 'in the back/forward cache',
    feature: 'caching a page with a request in flight',
    befalls: (tab, { elsewhere }) => tab.leaveFor(elsewhere),
    undo: (tab) => tab.goBack(),
  },
]

const FATES = ALL_FATES.filter(({ feature }) => feature === undefined || can(feature))

test(
  'ten tabs hold one connection; if its tab goes away, another one takes over; and an event on it ends the session in all of them, without a request',
  { repeats: REPEATS - 1 },
  async () => {
    const events = createEventRoutes()
    const backend = await start({ routes: events.routes })
    const tabs = await openTabs(backend, 10, events.url)
    const running = new Map(tabs)
    const all = (): Tab[] => [...running.values()]
    let stream = await events.only()
    await queued(all())
    expect(events.streams).toHaveLength(1)

    let told = 0
    const tell = async (): Promise<void> => {
      told++
      stream.send(`${told}`, { type: 'note', id: `id-${told}` })
      await onEach(all(), (tab) =>
        until(`note ${told} is heard`, async () => (await notes(tab)).at(-1) === `${told}`),
      )
    }
    await tell()

    const away: (() => Promise<void>)[] = []
    for (const { name, befalls, undo } of FATES) {
      const holder = running.get(stream.tab)
      if (!holder) throw new Error(`There is no tab ${stream.tab}`)
      running.delete(stream.tab)
      await all().at(-1)?.page.bringToFront()
      await holder.hidden()
      const before = stream
      const at = performance.now()
      await befalls(holder, backend)
      stream = await events.only(before)
      const ms = Math.round(stream.openedAt - at)
      process.stdout.write(`The tab with the stream is ${name}: another has it after ${ms} ms\n`)
      expect(stream.headers.get('last-event-id')).toBe(`id-${told}`)
      await tell()
      if (undo) {
        const { tab } = before
        away.push(async () => {
          await holder.page.bringToFront()
          await undo(holder)
          running.set(tab, holder)
        })
      }
    }
    for (const comeBack of away) await comeBack()
    await queued(all())
    await tell()
    expect(events.streams).toHaveLength(1 + FATES.length)
    // Once each, by whichever way they came.
    for (const tab of all()) {
      const heard = await notes(tab)
      expect(heard).toEqual([...new Set(heard)])
    }

    const asked = backend.requests.length
    stream.send('{}', { type: 'revoked' })
    await onEach(all(), loggedOut)
    for (const tab of all())
      expect(await lastEnd(tab)).toMatchObject({ reason: 'revoked', initiator: 'server' })
    await until('the stream is closed', () => !stream.isOpen)
    expect(backend.requests).toHaveLength(asked)
  },
)

test(
  'a stream whose access token has expired goes on with a new one, from the last event on',
  { repeats: REPEATS - 1 },
  async () => {
    const events = createEventRoutes()
    const backend = await start({ routes: events.routes })
    const tabs = [...(await openTabs(backend, 3, events.url)).values()]
    const first = await events.only()
    first.send('1', { type: 'note', id: 'id-1' })
    await onEach(tabs, (tab) => until('it is heard', async () => (await notes(tab)).length === 1))

    await expire(backend, tabs)
    const { rotations } = backend.refreshes()
    first.end()
    const second = await events.only(first)
    expect(second.token).not.toBe(first.token)
    expect(second.headers.get('last-event-id')).toBe('id-1')
    expect(backend.refreshes()).toMatchObject({ rotations: rotations + 1, reuses: 0 })
    second.send('2', { type: 'note', id: 'id-2' })
    for (const tab of tabs) {
      await until('it is heard', async () => (await notes(tab)).at(-1) === '2')
      expect(await notes(tab)).toEqual(['1', '2'])
      expect((await stateOf(tab)).status).toBe('logged-in')
    }

    second.send('{}', { type: 'renew' })
    await until('the claims are fetched', () => backend.refreshes().rotations === rotations + 2)
  },
)

/** Opens tabs of a session in which somebody is signed in, by their names. */
async function openTabs(
  backend: Backend,
  count: number,
  events: string,
): Promise<ReadonlyMap<string, Tab>> {
  const browser = await newContext()
  const tabs = new Map<string, Tab>()
  for (let number = 1; number <= count; number++) {
    const tab = `${number}`
    tabs.set(tab, await browser.open(backend.page({ tab, mode: 'cookie', events })))
  }
  const [first] = tabs.values()
  await onEach([...tabs.values()], loggedOut)
  await first?.page.evaluate(() => window.fixture.signIn())
  await onEach([...tabs.values()], loggedIn)
  return tabs
}

/** Waits until one of the tabs has the lock of the stream, and all others wait for it. */
function queued(tabs: readonly Tab[]): Promise<void> {
  return until('all but one of the tabs wait for the stream', async () => {
    const waiting = await tabs[0]?.page.evaluate(async () => {
      const { held = [], pending = [] } = await navigator.locks.query()
      const count = (locks: readonly LockInfo[]): number =>
        locks.filter(({ name = '' }) => name.endsWith(':events')).length
      return [count(held), count(pending)]
    })
    return waiting?.[0] === 1 && waiting[1] === tabs.length - 1
  })
}

/** The notes that the tab has heard. */
async function notes(tab: Tab): Promise<string[]> {
  const entries = await journal(tab)
  return entries.flatMap(({ what, detail }) =>
    what === 'server-event' ? [String(detail['data'])] : [],
  )
}
