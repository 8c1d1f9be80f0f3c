import { describe, expect, test } from 'vitest'
import { idleTimeout, renewTransport, serverEvents } from '../../../src/index.ts'
import { EVENTS } from '../../support/event-server.ts'
import { heardBy, openEventTabs, type EventTabs } from '../../support/event-tabs.ts'

/** Lets `ms` pass in steps, with a comment of the server in each. */
async function goOn({ profile, server }: EventTabs, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 15_000) {
    for (const stream of server.open) stream.write(': still here\n\n')
    await profile.clock.advance(15_000)
  }
}

describe('a stream that', () => {
  test.each([
    ['has no line ends', 'x'],
    ['has blank lines only', '\n'],
    ['has comments only', ':\n'],
    ['has one event without an end', 'data: x\n'],
  ])('%s is given up after a megabyte, and opened again later and later', async (_, text) => {
    const { profile, server, holder: tab } = await openEventTabs(1)
    const opened: number[] = []
    for (let connection = 1; connection <= 4; connection++) {
      for (let piece = 0; piece < 12; piece++) {
        server.last.write(text.repeat(100_000 / text.length))
        await profile.browser.settle()
      }
      expect(server.open).toHaveLength(0)
      const since = profile.clock.now()
      while (server.open.length === 0) await profile.clock.advance(250)
      opened.push(profile.clock.now() - since)
    }
    expect(opened[3]).toBeGreaterThan(Number(opened[0]))
    server.last.send('1')
    await profile.browser.settle()
    expect(heardBy(tab)).toEqual(['1'])
  })

  test('ends is opened again after the time the server has asked for, or a little more, from the last event on', async () => {
    const { profile, server, holder: tab } = await openEventTabs(1)
    server.last.write('retry: 3000\n\n')
    server.last.send('1', { id: 'a' })
    await profile.browser.settle()
    server.last.end()
    await profile.clock.advance(2_999)
    expect(server.streams).toHaveLength(1)
    await profile.clock.advance(1_501)
    expect(server.open).toHaveLength(1)
    expect(server.last.headers.get('last-event-id')).toBe('a')
    server.last.send('2')
    await profile.browser.settle()
    expect(heardBy(tab)).toEqual(['1', '2'])
  })

  test.each(['日本', 'é', '🔑'])(
    'has given an event the id %s goes on from there, in the bytes that the server knows it by',
    async (id) => {
      const { profile, server } = await openEventTabs(1)
      server.last.send('1', { id })
      await profile.browser.settle()
      server.last.end()
      await profile.clock.advance(5_000)
      expect(server.open).toHaveLength(1)
      const sent = server.last.headers.get('last-event-id') ?? ''
      const bytes = Array.from(sent, (byte) => byte.charCodeAt(0))
      expect(new TextDecoder().decode(Uint8Array.from(bytes))).toBe(id)
    },
  )

  test('ends before its server has said anything about that is opened again within a second', async () => {
    const { profile, server } = await openEventTabs(1)
    server.last.send('1')
    await profile.browser.settle()
    server.last.cut()
    await profile.browser.settle()
    expect(server.streams).toHaveLength(1)
    await profile.clock.advance(1_000)
    expect(server.open).toHaveLength(1)
  })

  test('ends whenever it has begun is opened twice a second at most', async () => {
    const { profile, server } = await openEventTabs(1)
    const { asked } = server
    server.answer = () => new Response('data: 1\n\n', { headers: EVENT_STREAM })
    server.last.end()
    await profile.clock.advance(60_000)
    expect(server.asked - asked).toBeGreaterThan(30)
    expect(server.asked - asked).toBeLessThanOrEqual(120)
  })

  test('asks for an eternity is opened again after an hour', async () => {
    const { profile, server } = await openEventTabs(1)
    server.last.write('retry: 99999999999999\n\n')
    await profile.browser.settle()
    server.last.end()
    await profile.clock.advance(3_600_000)
    expect(server.streams).toHaveLength(2)
  })

  test('breaks off in the middle of an event has not told it', async () => {
    const { profile, server, holder: tab } = await openEventTabs(1)
    server.last.write('id: a\ndata: 1\n')
    await profile.browser.settle()
    server.last.cut()
    await profile.clock.advance(1_000)
    expect(heardBy(tab)).toEqual([])
    expect(server.last.headers.has('last-event-id')).toBe(false)
  })

  test('is silent for too long is opened anew, and one with comments is not', async () => {
    const setting = await openEventTabs(1)
    const { profile, server } = setting
    await goOn(setting, 300_000)
    expect(server.streams).toHaveLength(1)
    await profile.clock.advance(29_000)
    expect(server.streams).toHaveLength(1)
    await profile.clock.advance(2_500)
    expect(server.streams).toHaveLength(2)
    expect(server.open).toHaveLength(1)
  })

  test('has been silent while the computer slept is opened anew soon after it wakes', async () => {
    const { profile, server } = await openEventTabs(1, { accessTtlS: 86_400 })
    await profile.browser.sleep(3_600_000)
    await profile.clock.advance(12_000)
    expect(server.streams).toHaveLength(2)
    expect(server.open).toHaveLength(1)
  })

  test('the server does not even begin counts as silent', async () => {
    const { profile, server } = await openEventTabs(1, {
      events: serverEvents(EVENTS, { silenceMs: 5_000 }),
    })
    server.answer = () => new Response(new ReadableStream(), { status: 200 })
    server.last.end()
    await profile.clock.advance(60_000)
    expect(server.asked).toBeGreaterThan(4)
  })
})

describe('an answer that is no stream', () => {
  test.each([
    ['a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['not to be found', () => new Response(null, { status: 404 })],
    ['an error', () => new Response('data: 1\n\n', { status: 500, headers: EVENT_STREAM })],
    ['a refusal', () => new Response(null, { status: 403 })],
    ['lost', () => Response.error()],
  ])('%s is an outage: asked ever less often, and not the end of anything', async (_, answer) => {
    const { profile, server, holder: tab } = await openEventTabs(1)
    server.answer = answer
    server.last.end()
    const { asked } = server
    await profile.clock.advance(60_000)
    const first = server.asked - asked
    expect(first).toBeGreaterThan(4)
    expect(first).toBeLessThan(10)
    await profile.clock.advance(600_000)
    // Half a minute to a minute between two.
    expect(server.asked - asked - first).toBeLessThan(22)
    expect(tab.session.state.status).toBe('logged-in')
    expect(heardBy(tab)).toEqual([])
    server.answer = null
    await profile.clock.advance(61_000)
    expect(server.streams).toHaveLength(2)
  })

  test('is not read to its end, which may never come', async () => {
    const { profile, server } = await openEventTabs(1)
    let unread = 0
    const count = (): void => {
      unread++
    }
    const endless = (): ReadableStream => new ReadableStream({ cancel: count })
    server.answer = () => new Response(endless(), { status: 500, headers: EVENT_STREAM })
    server.last.end()
    await profile.clock.advance(10_000)
    expect(unread).toBeGreaterThan(2)
    expect(unread).toBe(server.asked - 1)
  })

  test.each([429, 503])(
    '%i with Retry-After is asked again then, and no sooner',
    async (status) => {
      const { profile, server, holder: tab } = await openEventTabs(1)
      server.answer = () => new Response(null, { status, headers: { 'retry-after': '30' } })
      server.last.end()
      await profile.clock.advance(1_000)
      const { asked } = server
      server.answer = null
      await profile.clock.advance(28_000)
      tab.tell('online')
      await profile.browser.settle()
      expect(server.asked).toBe(asked)
      await profile.clock.advance(2_000)
      expect(server.open).toHaveLength(1)
    },
  )

  test('204 is the end of it until the next session, in all tabs', async () => {
    const { profile, server, holder: tab } = await openEventTabs(1)
    const other = await profile.openTab()
    server.answer = () => new Response(null, { status: 204 })
    server.last.end()
    await profile.clock.advance(1_000)
    server.answer = null
    tab.tell('online')
    tab.crash()
    await profile.clock.advance(120_000)
    expect(server.asked).toBe(2)
    expect(other.session.state.status).toBe('logged-in')
    await other.session.login(profile.server.signIn('bob'))
    await profile.browser.settle()
    expect(server.open).toHaveLength(1)
  })

  test('when the network returns it is asked at once', async () => {
    const { profile, server, holder: tab } = await openEventTabs(1)
    server.answer = () => Response.error()
    server.last.end()
    await profile.clock.advance(600_000)
    server.answer = null
    const { asked } = server
    tab.tell('online')
    await profile.browser.settle()
    expect(server.asked).toBe(asked + 1)
    expect(server.open).toHaveLength(1)
  })
})

describe('when the access token expires', () => {
  test('the server ends the stream, and it goes on with a new one', async () => {
    const setting = await openEventTabs(1)
    const { profile, server, holder: tab } = setting
    const { token } = server.last
    server.last.send('1', { id: 'a' })
    await goOn(setting, 600_000)
    server.last.end()
    await profile.clock.advance(1_000)
    expect(server.open).toHaveLength(1)
    expect(server.last.token).not.toBe(token)
    expect(server.last.headers.get('last-event-id')).toBe('a')
    expect(tab.session.state.status).toBe('logged-in')
  })

  test('a token that is refused is renewed, once', async () => {
    const { profile, server } = await openEventTabs(1)
    profile.server.forgetAccess()
    server.last.end()
    await profile.clock.advance(1_000)
    expect(server.open).toHaveLength(1)
    expect(profile.server.refreshes).toHaveLength(1)
  })

  test('a page that nobody looks at renews nothing for the sake of the stream, and goes on when it is shown', async () => {
    const setting = await openEventTabs(1, { idle: idleTimeout({ afterMs: 8 * 3_600_000 }) })
    const { profile, server, holder: tab } = setting
    tab.setVisible(false)
    await goOn(setting, 300_000)
    server.last.end()
    await profile.clock.advance(1_000)
    // The token is good for a while.
    expect(server.open).toHaveLength(1)
    await goOn(setting, 300_000)
    server.last.end()
    const { asked } = server
    await profile.clock.advance(3_600_000)
    expect(server.asked).toBe(asked)
    expect(profile.server.refreshes).toEqual([])
    expect(profile.browser.heldLocks.size).toBe(0)
    tab.setVisible(true)
    await profile.clock.advance(1_000)
    expect(server.open).toHaveLength(1)
    expect(profile.server.refreshes).toHaveLength(1)
  })

  test('a visible page keeps its stream while its user touches nothing, until they have been idle for too long', async () => {
    const setting = await openEventTabs(1, { idle: idleTimeout({ afterMs: 3_600_000 }) })
    const { profile, server, holder: tab } = setting
    for (let token = 0; token < 4; token++) {
      await goOn(setting, 600_000)
      server.last.end()
      await profile.clock.advance(1_000)
      expect(server.open).toHaveLength(1)
    }
    await goOn(setting, 1_300_000)
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'idle' }])
    expect(server.open).toHaveLength(0)
  })

  test('where each renewal makes the session longer, the stream goes on only for a user who is known to be active', async () => {
    const transport = renewTransport('/auth/refresh')
    const setting = await openEventTabs(1, { mode: 'body', transport })
    const { profile, server } = setting
    await goOn(setting, 600_000)
    server.last.end()
    const { asked } = server
    await profile.clock.advance(600_000)
    expect(server.asked).toBe(asked)
  })

  test('a tab in front takes over from one behind whose token has run out', async () => {
    const setting = await openEventTabs(1)
    const { profile, server, holder: tab } = setting
    const front = await profile.openTab()
    await profile.clock.advance(1_000)
    tab.setVisible(false)
    tab.faults.channel = 'deaf'
    await goOn(setting, 600_000)
    server.last.end()
    await profile.clock.advance(1_000)
    expect(server.open).toHaveLength(1)
    expect([...front.locks].some((name) => name.endsWith(':events'))).toBe(true)
  })
})

const EVENT_STREAM = { 'content-type': 'text/event-stream' }

test('a tab that reloads goes on where its stream was, though all other tabs are hidden and have none', async () => {
  const { profile, server, holder, other } = await openEventTabs(2)
  other.setVisible(false)
  // The token of the hidden tab is about to expire: it does not connect.
  await goOn({ profile, server, tabs: [holder], holder, other }, 540_000)
  server.last.send('1', { id: 'a' })
  await profile.browser.settle()
  holder.close()
  await profile.browser.settle()
  const before = server.streams.length
  const next = await profile.openTab()
  await profile.clock.advance(2_000)
  expect(server.streams.length).toBeGreaterThan(before)
  expect(server.streams[before]?.headers.get('last-event-id')).toBe('a')
  server.last.send('2', { id: 'b' })
  await profile.browser.settle()
  expect(heardBy(next)).toEqual(['2'])
})

test('a tab that has heard of the stream does not rewind one that knows more', async () => {
  const { profile, server, holder, other } = await openEventTabs(2)
  server.last.send('1', { id: 'a' })
  await profile.browser.settle()
  other.faults.channel = 'deaf'
  server.last.send('2', { id: 'b' })
  await profile.browser.settle()
  other.faults.channel = 'ok'
  server.last.end()
  await profile.clock.advance(5_000)
  expect(server.last.headers.get('last-event-id')).toBe('b')
  expect(heardBy(holder)).toEqual(['1', '2'])
})
