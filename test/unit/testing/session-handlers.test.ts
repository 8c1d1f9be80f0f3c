import { http, HttpResponse } from 'msw'
import { setupServer, type SetupServer } from 'msw/node'
import { expect, onTestFinished, test, vi } from 'vitest'
import { cookieTransport, jsonTransport, type Transport } from '../../../src/index.ts'
import { openSession } from '../../../src/open-session.ts'
import { resolveOptions } from '../../../src/options.ts'
import type { Session } from '../../../src/session.ts'
import { checkServer, plainServer, type TokenAnswer } from '../../../src/testing/index.ts'
import { openLoneTab } from '../../../src/testing/lone-tab.ts'
import {
  sessionHandlers,
  type SessionBackend,
  type SessionHandlersOptions,
} from '../../../src/testing/msw/index.ts'

const ORIGIN = 'http://localhost'

test.each([
  ['cookies', cookieTransport('/auth'), {}],
  ['bodies', jsonTransport('/auth'), { refreshTokensIn: 'body' }],
  ['cookies of a plain server', cookieTransport('/auth'), { server: plainServer }],
] as const)(
  'a session works with the handlers, with refresh tokens in %s',
  async (_, transport, options) => {
    const { server } = start({ accessTtlMs: 60_000, ...options })
    const session = open(transport)
    await session.login(await logIn({ username: 'alice' }))
    expect(session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })

    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: Date.now() + 61_000 })
    const response = await session.authFetch('/api/notes')
    expect(await response.json()).toBe('alice')
    expect(server.refreshes.map(({ outcome }) => outcome)).toContain('rotated')

    await session.logout({ everywhere: true })
    expect(server.isAlive('s1')).toBe(false)
  },
)

test('a page that opens restores the session of a user who was signed in without a request', async () => {
  const { signIn, server } = start()
  signIn('bob')
  const session = open(cookieTransport('/auth'))
  expect(await session.ready).toMatchObject({ status: 'logged-in', subject: 'bob' })
  server.revoke('s1')
  expect((await session.authFetch('/api/notes')).status).toBe(401)
})

test('subjectOf accepts its own tokens, for as long as they live', async () => {
  const { signIn } = start({ accessTtlMs: 60_000 })
  const { access_token: token } = signIn()
  const call = async (authorization: string): Promise<number> =>
    (await fetch(`${ORIGIN}/api/notes`, { headers: { authorization } })).status
  expect(await call('')).toBe(401)
  expect(await call('Bearer anything')).toBe(401)
  expect(await call(`Bearer ${String(token)}`)).toBe(200)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
  expect(await call(`Bearer ${String(token)}`)).toBe(401)
})

test('the test says where the endpoints are and who may sign in', async () => {
  const { subjectOf } = start({
    path: '/v2/session',
    logIn: ({ email, password }) => (password === 'right' ? String(email) : undefined),
  })
  const post = (password: string): Promise<Response> =>
    fetch('https://auth.test/v2/session/login', {
      method: 'POST',
      body: JSON.stringify({ email: 'carol', password }),
    })
  const refused = await post('wrong')
  expect([refused.status, await refused.json()]).toEqual([401, { error: 'invalid_credentials' }])
  const { access_token: token } = (await (await post('right')).json()) as TokenAnswer
  const headers = { authorization: `Bearer ${String(token)}` }
  expect(subjectOf(new Request('https://api.test/data', { headers }))).toBe('carol')
})

test('an endpoint of the application is left to its own handlers', async () => {
  const { handlers } = sessionHandlers()
  const msw = setupServer(
    ...handlers,
    http.all('*', () => HttpResponse.text('the application')),
  )
  msw.listen({ onUnhandledFrame: 'error' })
  onTestFinished(() => msw.close())
  for (const [method, path] of [
    ['GET', '/api/notes'],
    ['POST', '/api/auth'],
    ['GET', '/auth/refresh'],
    ['GET', '/auth/sessions'],
    ['POST', '/auth/password'],
  ] as const)
    expect(await (await fetch(`${ORIGIN}${path}`, { method })).text()).toBe('the application')
})

test('the handlers keep the contract that checkServer tests', async () => {
  start({ refreshTokensIn: 'body' }).msw.use(
    http.options('*', () => new HttpResponse(null, { status: 204 })),
  )
  const { rows } = await checkServer(`${ORIGIN}/auth`, { username: 'alice', password: 'any' })
  expect(rows.filter(({ held }) => held === 'no').map(({ id, detail }) => [id, detail])).toEqual([])
})

function start(options?: SessionHandlersOptions): SessionBackend & { readonly msw: SetupServer } {
  const backend = sessionHandlers(options)
  const notes = http.get('*/api/notes', ({ request }) => {
    const subject = backend.subjectOf(request)
    return subject === null ? new HttpResponse(null, { status: 401 }) : HttpResponse.json(subject)
  })
  const msw = setupServer(...backend.handlers, notes)
  msw.listen({ onUnhandledFrame: 'error' })
  onTestFinished(() => {
    msw.close()
    vi.useRealTimers()
  })
  return { ...backend, msw }
}

function open(transport: Transport): Session {
  const session = openSession(resolveOptions({ transport }), openLoneTab().ports)
  onTestFinished(() => session.dispose())
  return session
}

async function logIn(body: object): Promise<unknown> {
  const response = await fetch(`${ORIGIN}/auth/login`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  expect(response.status).toBe(200)
  return await response.json()
}
