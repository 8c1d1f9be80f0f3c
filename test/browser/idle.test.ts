import { expect, test } from 'vitest'
import type { SessionEvents } from '../../src/index.ts'
import { useBackend, type Backend, type PageSettings, type SeenRequest } from './support/backend.ts'
import { useBrowser } from './engines/browser.ts'
import { needs } from './engines/engines.ts'
import type { Context, Tab } from './engines/tab.ts'
import type { Entry } from './support/fixture-page.ts'
import { REPEATS } from './support/repeats.ts'
import {
  burst,
  journal,
  lastEnd,
  loggedIn,
  loggedOut,
  degradations,
  onEach,
  stateOf,
  skip,
  sleep,
} from './support/session-tabs.ts'
import { until } from '../support/patience.ts'

const MINUTE = 60_000
const AFTER = 15 * MINUTE
const LOGOUT = '/auth/logout'

const newContext = useBrowser()
const start = useBackend()
const repeated = { repeats: REPEATS - 1 }

const pageOf = (tab: string) => ({ tab, mode: 'cookie', idleAfterMs: AFTER }) as const

interface Tabs {
  readonly all: readonly Tab[]
  /** The hidden tabs. */
  readonly others: readonly Tab[]
  readonly front: Tab
}

/** Opens tabs of one session, without any input since the login; the last one is visible. */
async function openTabs(
  backend: Backend,
  browser: Context,
  count: number,
  settings: Partial<PageSettings> = {},
): Promise<Tabs> {
  const open = (index: number): Promise<Tab> =>
    browser.open(backend.page({ ...pageOf(`tab-${index}`), ...settings }))
  const others: Tab[] = []
  while (others.length < count - 1) others.push(await open(others.length))
  const front = await open(others.length)
  const all = [...others, front]
  await onEach(all, loggedOut)
  await front.page.evaluate(() => window.fixture.signIn())
  await onEach(all, loggedIn)
  await until('all have a token', async () =>
    (await onEach(all, (tab) => burst(tab, 1))).every(([outcome]) => outcome?.status === 200),
  )
  return { all, others, front }
}

/** How long the session lasts without further input, by the clock of the tab. */
function leftMs({ page }: Tab): Promise<number> {
  return page.evaluate(() => (window.fixture.state().endsAt ?? Infinity) - Date.now())
}

/** The tab's entries of this kind. */
async function entriesOf(tab: Tab, name: Entry['what']): Promise<Entry[]> {
  return (await journal(tab)).filter(({ what }) => what === name)
}

const entriesOfEach = (tabs: readonly Tab[], name: keyof SessionEvents): Promise<Entry[][]> =>
  onEach(tabs, (tab) => entriesOf(tab, name))

/** Waits until each tab has emitted the event; resolves to the time between the first tab and the last. */
async function spreadMs(tabs: readonly Tab[], name: keyof SessionEvents): Promise<number> {
  await until(`all tabs have emitted "${name}"`, async () =>
    (await entriesOfEach(tabs, name)).every(({ length }) => length > 0),
  )
  const times = (await entriesOfEach(tabs, name)).map((entries) => entries.at(-1)?.at ?? 0)
  return Math.max(...times) - Math.min(...times)
}

/** Moves the clocks of all tabs on, to `ms` before the warning. */
async function sleepUntilBeforeWarning(tabs: readonly Tab[], ms: number): Promise<void> {
  const left = Math.min(...(await onEach(tabs, leftMs)))
  await sleep(tabs, left - MINUTE - ms)
}

/**
 * Expects that one tab told the server of the end, however many ended at the same time. If a tab had to work without its
 * database, as on a slow machine, several tabs may tell it (G2).
 */
async function expectToldOnce(backend: Backend, tabs: readonly Tab[]): Promise<void> {
  const isLogout = ({ path }: SeenRequest): boolean => path === LOGOUT
  await until('the server was told of the end', () => {
    const logouts = backend.requests.filter(isLogout)
    return logouts.length > 0 && logouts.every(({ status }) => status !== undefined)
  })
  const statuses = backend.requests.filter(isLogout).map(({ status }) => status)
  const missing = (await onEach(tabs, degradations)).flat()
  if (missing.length === 0) expect(statuses).toEqual([204])
  expect(new Set(statuses)).toEqual(new Set([204]))
}

test('input in one of seven tabs keeps all of them signed in', repeated, async () => {
  const { all: tabs, front } = await openTabs(await start(), await newContext(), 7)
  for (const input of ['key', 'pointer', 'wheel'] as const) {
    await sleep(tabs, 10 * MINUTE)
    const before = await leftMs(front)
    if (input === 'key') await front.page.keyboard.press('a')
    else if (input === 'wheel') await front.page.mouse.wheel(10)
    else await front.page.mouse.move(200, 30)
    await until(`all tabs know of the ${input} event`, async () =>
      (await onEach(tabs, leftMs)).every((left) => left > before + 9 * MINUTE),
    )
  }
  expect(await entriesOfEach(tabs, 'expiring')).toEqual(tabs.map(() => []))
  expect(await entriesOfEach(tabs, 'ended')).toEqual(tabs.map(() => []))
})

test(
  'requests, scrolling, focus and events that a script dispatches are no activity',
  repeated,
  async () => {
    const { all: tabs, front } = await openTabs(await start(), await newContext(), 2)
    await sleep(tabs, 10 * MINUTE)
    const endsAt = (await stateOf(front)).endsAt
    await burst(front, 3)
    await front.page.evaluate(() => {
      document.body.style.height = '5000px'
      scrollTo(0, 500)
      dispatchEvent(new Event('focus'))
      for (const type of ['keydown', 'pointerdown', 'wheel'])
        document.body.dispatchEvent(new Event(type, { bubbles: true }))
    })
    await sleep(tabs, 1_000)
    expect((await stateOf(front)).endsAt).toBe(endsAt)
  },
)

test(
  'without input all seven tabs warn together and end together, and one tells the server',
  repeated,
  async () => {
    const backend = await start()
    const { all: tabs } = await openTabs(backend, await newContext(), 7)
    await sleepUntilBeforeWarning(tabs, 1_500)
    expect(await entriesOfEach(tabs, 'expiring')).toEqual(tabs.map(() => []))
    const warned = await spreadMs(tabs, 'expiring')

    const left = Math.min(...(await onEach(tabs, leftMs)))
    await sleep(tabs, left - 1_500)
    expect(await entriesOfEach(tabs, 'ended')).toEqual(tabs.map(() => []))
    const ended = await spreadMs(tabs, 'ended')
    process.stdout.write(
      `Seven tabs, one visible: warned within ${warned} ms of each other, ended within ${ended} ms\n`,
    )
    for (const tab of tabs) {
      expect(await entriesOf(tab, 'expiring')).toHaveLength(1)
      expect(await entriesOf(tab, 'ended')).toMatchObject([{ detail: { reason: 'idle' } }])
    }
    await expectToldOnce(backend, tabs)
  },
)

test(
  'three hidden tabs, whose timers the browser delays, warn, end and tell the server once',
  repeated,
  async () => {
    const backend = await start()
    const browser = await newContext()
    const { all: tabs } = await openTabs(backend, browser, 3)
    await browser.open(backend.elsewhere)
    await onEach(tabs, (tab) => tab.waitUntilHidden())
    await sleepUntilBeforeWarning(tabs, 1_000)
    const warned = await spreadMs(tabs, 'expiring')
    await sleep(tabs, Math.min(...(await onEach(tabs, leftMs))) - 1_000)
    const ended = await spreadMs(tabs, 'ended')
    process.stdout.write(
      `Three hidden tabs: warned within ${warned} ms of each other, ended within ${ended} ms\n`,
    )
    await expectToldOnce(backend, tabs)
  },
)

test(
  '`extend()` in one of seven tabs closes the warning in all tabs, after a single refresh',
  repeated,
  async () => {
    // So long that no token has to be renewed for another reason.
    const backend = await start({ accessTtlS: 3_600 })
    const { all: tabs, front } = await openTabs(backend, await newContext(), 7)
    await sleepUntilBeforeWarning(tabs, 0)
    await spreadMs(tabs, 'expiring')
    const { requests } = backend.refreshes()
    const result = await front.page.evaluate(() => window.fixture.extend())
    expect(result).toMatchObject({ ok: true })
    await spreadMs(tabs, 'extended')
    for (const tab of tabs) {
      expect((await stateOf(tab)).warning).toBeNull()
      expect(await leftMs(tab)).toBeGreaterThan(AFTER - MINUTE)
    }
    expect(backend.refreshes().requests).toBe(requests + 1)
  },
)

test(
  'a tab that was frozen past the idle limit ends its session before it sends a request',
  repeated,
  async (context) => {
    needs(context, 'freezing a page')
    const backend = await start()
    const browser = await newContext()
    const { front: away } = await openTabs(backend, browser, 1, { requestOnWake: 'capture' })
    await browser.open(backend.elsewhere)
    await away.freeze()
    // The driver can run code in a frozen page, and so move its clock.
    await skip([away], AFTER + MINUTE)
    const sent = backend.requests.length
    await away.thaw()
    await until(
      'the page has called `authFetch` on waking',
      async () => (await entriesOf(away, 'request on wake')).length > 0,
    )
    expect(await entriesOf(away, 'request on wake')).toMatchObject([
      { detail: { error: 'SessionError session_ended' } },
    ])
    expect(await lastEnd(away)).toMatchObject({ reason: 'idle' })
    expect(await entriesOf(away, 'expiring')).toEqual([])
    expect(backend.requests.slice(sent).filter(({ path }) => path.startsWith('/api/'))).toEqual([])
  },
)

test(
  'time with all tabs closed is idle time, and the next page gets the reason of the end',
  repeated,
  async () => {
    const backend = await start()
    const browser = await newContext()
    const { all: tabs } = await openTabs(backend, browser, 2)
    for (const tab of tabs) await tab.close()
    const next = await browser.open(backend.page({ ...pageOf('next'), agesMs: AFTER + MINUTE }))
    await loggedOut(next)
    expect(await entriesOf(next, 'started')).toEqual([])
    await until('the server was told of the end', () =>
      backend.requests.some(({ path, status }) => path === LOGOUT && status !== undefined),
    )
    const takeLastEnd = () => next.page.evaluate(() => window.fixture.takeLastEnd())
    expect(await takeLastEnd()).toMatchObject({ reason: 'idle' })
    expect(await takeLastEnd()).toMatchObject({ reason: 'idle' })
  },
)

test(
  'the server ends the session of a page that only polls, because the page reports no activity',
  repeated,
  async () => {
    const backend = await start({ accessTtlS: 2, idleTtlS: 2 })
    const browser = await newContext()
    const tab = await browser.open(backend.page({ tab: 'one', mode: 'cookie' }))
    await loggedOut(tab)
    await tab.page.evaluate(() => window.fixture.signIn())
    await loggedIn(tab)
    await until('the session is over', async () => {
      await burst(tab, 1)
      return (await stateOf(tab)).status === 'logged-out'
    })
    expect(await lastEnd(tab)).toMatchObject({ reason: 'idle', initiator: 'server' })
  },
)

test('typing in a same-origin frame inside a shadow root is activity', async () => {
  const { front: tab } = await openTabs(await start(), await newContext(), 1)
  await tab.page.evaluate(async () => {
    const root = document.body.appendChild(document.createElement('div'))
    const inner = document.createElement('div')
    root.attachShadow({ mode: 'open' }).append(inner)
    const frame = document.createElement('iframe')
    frame.srcdoc = '<input autofocus>'
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
    inner.attachShadow({ mode: 'open' }).append(frame)
    await loaded
    frame.contentDocument?.querySelector('input')?.focus()
  })
  await sleep([tab], 10 * MINUTE)
  const before = await leftMs(tab)
  await tab.page.keyboard.press('a')
  await until('the typing has moved the end', async () => (await leftMs(tab)) > before + 9 * MINUTE)
})

test(
  'typing in a same-origin frame that was added later is activity, also after it has loaded another page',
  repeated,
  async () => {
    const { front: tab } = await openTabs(await start(), await newContext(), 1)
    for (const round of ['the first', 'another page in it']) {
      await tab.page.evaluate(async (round) => {
        const frame = document.querySelector('iframe') ?? document.createElement('iframe')
        frame.srcdoc = `<input autofocus placeholder="${round}">`
        document.body.append(frame)
        await new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
        frame.contentDocument?.querySelector('input')?.focus()
      }, round)
      await sleep([tab], 10 * MINUTE)
      const before = await leftMs(tab)
      await tab.page.keyboard.press('a')
      await until(
        `typing in ${round} has moved the end`,
        async () => (await leftMs(tab)) > before + 9 * MINUTE,
      )
    }
  },
)
