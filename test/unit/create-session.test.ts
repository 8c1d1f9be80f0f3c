import { execFileSync } from 'node:child_process'
import { expect, test, vi } from 'vitest'
import {
  cookieTransport,
  createSession,
  diagnostics,
  idleTimeout,
  isSessionError,
  serverEvents,
} from '../../src/index.ts'
import { rejection } from '../support/signed-in.ts'

// On a server `createSession` is inert, and importing has no effect.

const transport = cookieTransport('/auth')

test('this test runs without a page', () => {
  expect(typeof document).toBe('undefined')
})

test('without a page the session stays restoring, and its promises settle', async () => {
  const session = createSession({ transport })
  expect(session.state).toEqual({
    status: 'restoring',
    subject: null,
    claims: null,
    accessExpiresAt: null,
    endsAt: null,
    warning: null,
    end: null,
    parked: null,
    cover: null,
  })
  expect(await session.ready).toBe(session.state)
  expect(session.state).toBe(session.state)
  expect(await session.takeLastEnd()).toBeNull()
  expect(await session.logout()).toEqual({ server: 'nothing-to-tell' })
  expect(await session.logout({ everywhere: true })).toEqual({ server: 'nothing-to-tell' })
})

test('without a page whatever needs a session rejects with `no_page`, and sends nothing', async () => {
  let sent = 0
  const session = createSession({
    transport,
    fetch: () => {
      sent++
      return Promise.resolve(new Response())
    },
  })
  for (const work of [
    session.login({ access_token: 'x' }),
    session.login(),
    session.authFetch('https://app.test/'),
    session.getAccessToken(),
    session.diagnostics(),
  ]) {
    expect(isSessionError(await rejection(work), 'no_page')).toBe(true)
  }
  expect(sent).toBe(0)
})

test('without a page listeners can be added and removed, and are never called', () => {
  const session = createSession({ transport })
  const never = (): void => {
    throw new Error('Called')
  }
  for (const stop of [
    session.subscribe(never),
    session.on('ended', never),
    session.onSessionEnded(never),
  ]) {
    stop()
    stop()
  }
  session.dispose()
  session.dispose()
  expect(session.state.status).toBe('restoring')
})

test('its methods can be destructured', async () => {
  const { authFetch, logout } = createSession({ transport })
  expect(isSessionError(await rejection(authFetch('/')), 'no_page')).toBe(true)
  expect(await logout()).toEqual({ server: 'nothing-to-tell' })
})

test('misuse throws on a server, too', () => {
  expect(() => createSession({ transport, leadMs: -1 })).toThrow(TypeError)
})

// What each of them has of a page: some of its names, and never all that a session needs.
test.each([
  ['a worker', { self: globalThis, location: new URL('https://app.test/worker.js') }],
  [
    'a service worker',
    {
      self: globalThis,
      location: new URL('https://app.test/sw.js'),
      clients: {},
      registration: {},
    },
  ],
  ['React Native', { window: globalThis, self: globalThis, navigator: { product: 'ReactNative' } }],
  ['a test runner with a document of its own', { document: {} }],
])('in %s a session is inert, and says so', async (_, globals) => {
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value)
  const session = createSession({
    transport,
    idle: idleTimeout({ afterMs: 15 * 60_000 }),
    events: serverEvents('/auth/events'),
    diagnostics: diagnostics(),
  })
  const error = await rejection(session.authFetch('https://app.test/'))
  vi.unstubAllGlobals()
  expect(error).toMatchObject({ name: 'SessionError', code: 'no_page' })
  expect(String(error)).toMatch(/server.*worker.*React Native/)
  expect(session.state.status).toBe('restoring')
  expect(await session.extend()).toEqual({ ok: false, reason: 'no_session' })
  session.reportActivity()
  session.dispose()
})

test('importing reads no global, starts nothing and lets Node exit', () => {
  // A process of its own: all that the import could change, before and after.
  const script = `
    const names = () => Object.getOwnPropertyNames(globalThis).sort().join()
    for (const method of ['addEventListener', 'setTimeout', 'setInterval', 'queueMicrotask', 'fetch']) {
      const real = globalThis[method]
      globalThis[method] = (...args) => { console.log('called', method); return real(...args) }
    }
    const before = names()
    const latchkey = await import(process.argv[1])
    const session = latchkey.createSession({ transport: latchkey.cookieTransport('/auth') })
    console.log(session.state.status, names() === before, typeof latchkey.jsonTransport)
  `
  const args = ['--input-type=module', '--eval', script]
  const entry = new URL('../../src/index.ts', import.meta.url).href
  const output = execFileSync(process.execPath, [...args, entry], {
    encoding: 'utf8',
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  expect(output.trim()).toBe('restoring true function')
})
