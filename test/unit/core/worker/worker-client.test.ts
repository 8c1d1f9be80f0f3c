import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { createTime } from '../../../../src/core/time/time.ts'
import { posted, type Reply, type Request } from '../../../../src/core/worker/messages.ts'
import { createWorkerClient } from '../../../../src/core/worker/worker-client.ts'
import type { WorkerLink } from '../../../../src/ports.ts'
import type { SessionEvents } from '../../../../src/session-state.ts'
import { createVirtualClock } from '../../../../src/testing/virtual-clock.ts'
import { sampleRecord } from '../record/sample.ts'

// What a tab makes of each word of a worker, and of its silence: with a link whose other end is the test.

const SILENCE_MS = 2_000
const INTRODUCTION = {
  name: 'session',
  transport: 'https://app.test/auth',
  storage: 'memory',
  base: 'https://app.test/page',
  latchkey: 1,
}
const HELLO = { ...INTRODUCTION, type: 'hello' }
const REFRESH = { ...INTRODUCTION, type: 'refresh', session: 'S', used: 3 }

/** A message to the worker that it may still answer. */
interface Asked {
  readonly message: Request
  readonly reply: (reply: Reply | null) => void
  isOver: boolean
}

function open(status: 'unknown' | 'logged-in' | 'logged-out' = 'logged-in') {
  const clock = createVirtualClock()
  const asked: Asked[] = []
  const events: unknown[] = []
  const calls = { reconnect: 0, close: 0 }
  const link: WorkerLink = {
    ask(message, onReply) {
      const entry: Asked = {
        message: message as Request,
        reply: (reply) => onReply(reply && posted(reply)),
        isOver: false,
      }
      asked.push(entry)
      return () => (entry.isOver = true)
    },
    reconnect: () => calls.reconnect++,
    close: () => calls.close++,
  }
  const client = createWorkerClient(
    {
      name: INTRODUCTION.name,
      page: {
        ...{ isVisible: () => true, watch: () => () => undefined, cookie: () => undefined },
        ...{ origin: 'https://app.test', base: INTRODUCTION.base },
        resolve: (url) => new URL(url, INTRODUCTION.base).href,
      },
      time: createTime(clock),
      tab: { record: sampleRecord({}, { status }) },
      transport: { id: '/auth' },
      storage: { kind: 'memory' },
      events: {
        emit: (event: keyof SessionEvents, payload: unknown) => events.push([event, payload]),
      },
    },
    link,
  )
  const caller = new AbortController()
  const { signal } = caller
  return {
    ...{ clock, asked, events, calls, client, caller },
    /** Has the worker asked for newer tokens. `isOver` tells whether the tab is to look for itself. */
    ask() {
      const state = { isOver: false }
      void client.ask('S', 3, signal).then(() => (state.isOver = true))
      return state
    },
    /** How many listeners and timers are left. */
    left: () => getEventListeners(signal, 'abort').length + clock.pending,
    reply: (reply: Reply | null) => asked.at(-1)?.reply(reply),
  }
}

const degraded = (because: string) => ['degraded', { missing: 'worker', to: 'tab', because }]

test('a tab greets the worker, and says of which session and which server it is', () => {
  expect(open().asked.map(({ message }) => message)).toEqual([HELLO])
})

test.each<[string, Reply | null, readonly unknown[]]>([
  ['is there', { type: 'alive' }, []],
  ['cannot be reached', null, [degraded('no-answer')]],
  ['answers nothing that it could be asked', { type: 'over' }, [degraded('no-answer')]],
  ['needs the page', { type: 'refused', because: 'needs-page' }, [degraded('needs-page')]],
  [
    'is of another release',
    { type: 'refused', because: 'other-release' },
    [degraded('other-release')],
  ],
])('a greeted worker that %s: %j', (_, reply, events) => {
  const tab = open()
  tab.reply(reply)
  tab.reply(reply)
  expect(tab.events).toEqual(events)
})

test.each(['unknown', 'logged-out'] as const)(
  'a worker is not asked for a session that is %s',
  async (status) => {
    const tab = open(status)
    const call = tab.ask()
    await tab.clock.settle()
    expect(call.isOver).toBe(true)
    expect(tab.asked).toHaveLength(1)
  },
)

const failed = { retryAt: 5_000, status: 503 }

test.each<[string, Reply, readonly unknown[]]>([
  ['is done', { type: 'over' }, []],
  ['says that the server gave no tokens', { type: 'over', failed }, [['refresh-failed', failed]]],
  ['refuses', { type: 'refused', because: 'needs-page' }, [degraded('needs-page')]],
])('the tab looks for itself once the worker %s: %j', async (_, reply, events) => {
  const tab = open()
  const call = tab.ask()
  expect(tab.asked.at(-1)?.message).toEqual(REFRESH)
  await tab.clock.settle()
  expect(call.isOver).toBe(false)
  tab.reply(reply)
  await tab.clock.settle()
  expect(call.isOver).toBe(true)
  expect(tab.events).toEqual(events)
  expect(tab.asked.at(-1)?.isOver).toBe(true)
  expect(tab.calls.reconnect).toBe(0)
  expect(tab.left()).toBe(0)
})

test('a worker that has refused is never asked again', async () => {
  const tab = open()
  tab.reply({ type: 'refused', because: 'other-session' })
  const call = tab.ask()
  await tab.clock.settle()
  expect(call.isOver).toBe(true)
  expect(tab.asked).toHaveLength(1)
  expect(tab.calls.reconnect).toBe(0)
})

test('a worker that says again and again that it is there is waited for', async () => {
  const tab = open()
  const call = tab.ask()
  for (let n = 0; n < 5; n++) {
    await tab.clock.advance(SILENCE_MS - 1)
    tab.reply({ type: 'alive' })
  }
  expect(call.isOver).toBe(false)
  expect(tab.asked).toHaveLength(2)
  tab.reply({ type: 'over' })
  await tab.clock.settle()
  expect(call.isOver).toBe(true)
  expect(tab.left()).toBe(0)
})

test.each([
  ['is silent', false],
  ['cannot be reached', true],
])(
  'a worker that %s is started anew and asked once more, and then the tab refreshes',
  async (_, isLost) => {
    const tab = open()
    const call = tab.ask()
    const pass = async () => {
      if (isLost) tab.reply(null)
      await tab.clock.advance(isLost ? 0 : SILENCE_MS)
    }
    await pass()
    expect(tab.calls.reconnect).toBe(1)
    expect(tab.asked.map(({ message }) => message)).toEqual([HELLO, REFRESH, REFRESH])
    expect([call.isOver, ...tab.events]).toEqual([false])
    await pass()
    expect([call.isOver, ...tab.events]).toEqual([true, degraded('no-answer')])
    expect(tab.asked.slice(1).map(({ isOver }) => isOver)).toEqual([true, true])
    expect(tab.calls.reconnect).toBe(1)
    expect(tab.left()).toBe(0)
  },
)

test('a worker that is started anew and answers is no loss', async () => {
  const tab = open()
  const call = tab.ask()
  await tab.clock.advance(SILENCE_MS)
  tab.reply({ type: 'over' })
  await tab.clock.settle()
  expect([call.isOver, ...tab.events]).toEqual([true])
})

test('a worker that was silent is greeted with each refresh, and asked again once it has answered', async () => {
  const tab = open()
  tab.reply(null)
  for (let n = 1; n <= 2; n++) {
    const call = tab.ask()
    await tab.clock.settle()
    expect(call.isOver).toBe(true)
    expect(tab.calls.reconnect).toBe(n)
    expect(tab.asked.map(({ message }) => message.type)).toEqual(Array(n + 1).fill('hello'))
    // What the earlier greeting may still bring does not count.
    expect(tab.asked.map(({ isOver }) => isOver)).toEqual([...Array<boolean>(n).fill(true), false])
  }
  tab.reply({ type: 'alive' })
  const call = tab.ask()
  expect(tab.asked.at(-1)?.message).toEqual(REFRESH)
  tab.reply({ type: 'over' })
  await tab.clock.settle()
  expect(call.isOver).toBe(true)
  expect(tab.events).toEqual([degraded('no-answer')])
})

test.each([
  ['before it has answered', 0],
  ['after it was started anew', SILENCE_MS],
])(
  'a tab that no longer needs the worker, %s, waits for nothing and loses nothing',
  async (_, ms) => {
    const tab = open()
    const call = tab.ask()
    await tab.clock.advance(ms)
    const { reconnect } = tab.calls
    tab.caller.abort()
    await tab.clock.settle()
    expect([call.isOver, ...tab.events]).toEqual([true])
    expect(tab.calls.reconnect).toBe(reconnect)
    expect(tab.asked.at(-1)?.isOver).toBe(true)
    expect(tab.left()).toBe(0)
  },
)

test('a session that is disposed of greets no longer, and closes its link', () => {
  const tab = open()
  tab.client.dispose()
  expect(tab.asked[0]?.isOver).toBe(true)
  expect(tab.calls.close).toBe(1)
})
