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

/** Something that takes the tab with the stream away. */
interface Interruption {
  /** What the tab is then. */
  readonly name: string
  /** What the engine must be able to do. */
  readonly feature?: Feature
  interrupt(tab: Tab, backend: Backend): Promise<void>
  /** Brings the tab back. Missing if that is impossible. */
  restore?(tab: Tab): Promise<void>
}

const ALL_INTERRUPTIONS: readonly Interruption[] = [
  { name: 'closed', interrupt: (tab) => tab.close() },
  {
    name: 'crashed',
    feature: 'connections that end with their process',
    interrupt: (tab) => tab.crash(),
  },
  {
    name: 'frozen',
    feature: 'freezing a page',
    interrupt: (tab) => tab.freeze(),
    restore: (tab) => tab.thaw(),
  },
  {
    name: 'in the back/forward cache',
    feature: 'caching a page with a request in flight',
    interrupt: (tab, { elsewhere }) => tab.leaveFor(elsewhere),
    restore: (tab) => tab.goBack(),
  },
]

const INTERRUPTIONS = ALL_INTERRUPTIONS.filter(
  ({ feature }) => feature === undefined || can(feature),
)

test(
  'ten tabs hold one connection, another tab takes over when its tab goes away, and a `revoked` event on it ends the session in all tabs without a request',
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

    let sent = 0
    const sendNote = async (): Promise<void> => {
      sent++
      stream.send(`${sent}`, { type: 'note', id: `id-${sent}` })
      await onEach(all(), (tab) =>
        until(`note ${sent} has arrived`, async () => (await notes(tab)).at(-1) === `${sent}`),
      )
    }
    await sendNote()

    const away: (() => Promise<void>)[] = []
    for (const { name, interrupt, restore } of INTERRUPTIONS) {
      const holder = running.get(stream.tab)
      if (!holder) throw new Error(`There is no tab ${stream.tab}`)
      running.delete(stream.tab)
      await all().at(-1)?.page.bringToFront()
      await holder.waitUntilHidden()
      const before = stream
      const at = performance.now()
      await interrupt(holder, backend)
      stream = await events.only(before)
      const ms = Math.round(stream.openedAt - at)
      process.stdout.write(`The tab with the stream is ${name}: another has it after ${ms} ms\n`)
      expect(stream.headers.get('last-event-id')).toBe(`id-${sent}`)
      await sendNote()
      if (restore) {
        const { tab } = before
        away.push(async () => {
          await holder.page.bringToFront()
          await restore(holder)
          running.set(tab, holder)
        })
      }
    }
    for (const comeBack of away) await comeBack()
    await queued(all())
    await sendNote()
    expect(events.streams).toHaveLength(1 + INTERRUPTIONS.length)
    // Each note arrives once in each tab, whether from the stream or from another tab.
    for (const tab of all()) {
      const arrived = await notes(tab)
      expect(arrived).toEqual([...new Set(arrived)])
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
  'a stream that ends after its access token has expired is opened again with a new one, from the last event on',
  { repeats: REPEATS - 1 },
  async () => {
    const events = createEventRoutes()
    const backend = await start({ routes: events.routes })
    const tabs = [...(await openTabs(backend, 3, events.url)).values()]
    const first = await events.only()
    first.send('1', { type: 'note', id: 'id-1' })
    await onEach(tabs, (tab) =>
      until('the note has arrived', async () => (await notes(tab)).length === 1),
    )

    await expire(backend, tabs)
    const { rotations } = backend.refreshes()
    first.end()
    const second = await events.only(first)
    expect(second.token).not.toBe(first.token)
    expect(second.headers.get('last-event-id')).toBe('id-1')
    expect(backend.refreshes()).toMatchObject({ rotations: rotations + 1, reuses: 0 })
    second.send('2', { type: 'note', id: 'id-2' })
    for (const tab of tabs) {
      await until('the note has arrived', async () => (await notes(tab)).at(-1) === '2')
      expect(await notes(tab)).toEqual(['1', '2'])
      expect((await stateOf(tab)).status).toBe('logged-in')
    }

    second.send('{}', { type: 'renew' })
    await until('the tokens are renewed', () => backend.refreshes().rotations === rotations + 2)
  },
)

/** Opens tabs of one session and signs a user in. Resolves to the tabs by their names. */
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

/** The notes that have arrived in the tab. */
async function notes(tab: Tab): Promise<string[]> {
  const entries = await journal(tab)
  return entries.flatMap(({ what, detail }) =>
    what === 'server-event' ? [String(detail['data'])] : [],
  )
}
