import { expect, test } from 'vitest'
import {
  cookieTransport,
  serverEvents,
  type ServerEvents,
  type ServerEventsOptions,
} from '../../src/index.ts'
import { createVirtualBrowser } from '../../src/testing/index.ts'

test.each([
  ['no URL', undefined, {}, '"url"'],
  ['an empty URL', '', {}, '"url"'],
  ['a list of URLs', ['/auth/events'], {}, '"url"'],
  [
    'a judgeEvent that is not a function',
    '/auth/events',
    { judgeEvent: 'revoked' },
    '"judgeEvent"',
  ],
  ['no patience at all', '/auth/events', { silenceMs: 0 }, '"silenceMs"'],
  ['patience in words', '/auth/events', { silenceMs: '45s' }, '"silenceMs"'],
  ['patience of NaN', '/auth/events', { silenceMs: NaN }, '"silenceMs"'],
])('%s throws a TypeError that names the option', (_, url, options, named) => {
  const create = (): ServerEvents => serverEvents(url as string, options as ServerEventsOptions)
  expect(create).toThrow(TypeError)
  expect(create).toThrow(named)
})

const openTab = (events: ServerEvents, origins: readonly string[] = []): void => {
  const session = { transport: cookieTransport('/auth'), events, origins }
  createVirtualBrowser({ session }).openTab().session.dispose()
}

test.each([
  ['at another origin', 'https://events.test/'],
  ['that is an endpoint of the transport', '/auth/refresh'],
  ['that is not a URL', 'https://'],
])('a URL %s, to which the token is not sent, throws before anything is opened', (_, url) => {
  const open = (): void => openTab(serverEvents(url))
  expect(open).toThrow(TypeError)
  expect(open).toThrow('"events"')
})

test('a URL at an origin that gets the token is accepted', () => {
  expect(() =>
    openTab(serverEvents('https://events.test/all'), ['https://events.test']),
  ).not.toThrow()
})

test.each([['/auth/events'], [null], [{}]])('%j as `events` throws a TypeError', (events) => {
  const open = (): void => openTab(events as unknown as ServerEvents)
  expect(open).toThrow(TypeError)
  expect(open).toThrow(`"events" option must be serverEvents('/auth/events')`)
})
