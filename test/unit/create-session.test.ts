import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { cookieTransport, createSession, isSessionError } from '../../src/index.ts'
import { rejection } from '../support/signed-in.ts'

// DESIGN §1: on a server `createSession` is inert. STYLE 10: importing has no effect.

const transport = cookieTransport('/auth')

test('this runs where there is no page', () => {
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

test('without a page listeners are taken, never called, and can be taken back', () => {
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

test('its methods can be taken apart', async () => {
  const { authFetch, logout } = createSession({ transport })
  expect(isSessionError(await rejection(authFetch('/')), 'no_page')).toBe(true)
  expect(await logout()).toEqual({ server: 'nothing-to-tell' })
})

test('misuse is told on the server too', () => {
  expect(() => createSession({ transport, leadMs: -1 })).toThrow(TypeError)
})

test('importing touches nothing, starts nothing and lets plain Node exit', () => {
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
