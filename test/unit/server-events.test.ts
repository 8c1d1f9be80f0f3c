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
  ['a judge that is none', '/auth/events', { judgeEvent: 'revoked' }, '"judgeEvent"'],
  ['no patience at all', '/auth/events', { silenceMs: 0 }, '"silenceMs"'],
  ['patience in words', '/auth/events', { silenceMs: '45s' }, '"silenceMs"'],
  ['patience of NaN', '/auth/events', { silenceMs: NaN }, '"silenceMs"'],
])('%s is refused with the name of the option', (_, url, options, named) => {
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
  ['that is none', 'https://'],
])('a URL %s, where the token does not go, is refused before anything is opened', (_, url) => {
  const open = (): void => openTab(serverEvents(url))
  expect(open).toThrow(TypeError)
  expect(open).toThrow('"events"')
})

test('a URL at one of the origins that get the token is not', () => {
  expect(() =>
    openTab(serverEvents('https://events.test/all'), ['https://events.test']),
  ).not.toThrow()
})

test.each([['/auth/events'], [null], [{}]])(
  '%j is not what an application gives as `events`',
  (events) => {
    const open = (): void => openTab(events as unknown as ServerEvents)
    expect(open).toThrow(TypeError)
    expect(open).toThrow(`"events" option must be serverEvents('/auth/events')`)
  },
)
