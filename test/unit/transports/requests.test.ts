import { http } from 'msw'
import { setupServer } from 'msw/node'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  cookieTransport,
  jsonTransport,
  type CookieTransportOptions,
  type JsonTransportOptions,
  type Transport,
} from '../../../src/index.ts'
import { SECRET } from '../../support/backend.ts'
import { createVirtualBrowser } from '../../../src/testing/virtual-browser.ts'
import { json } from '../../support/fake-server.ts'

// The requests of the transports.

const server = setupServer()
let received: { readonly path: string; readonly headers: Headers; readonly body: unknown }[] = []
let revoked = 204

beforeAll(() => {
  server.listen({ onUnhandledFrame: 'error' })
  return () => server.close()
})

beforeEach(() => {
  received = []
  revoked = 204
  server.resetHandlers(
    http.post('https://app.test/*', async ({ request }) => {
      const { pathname: path } = new URL(request.url)
      received.push({ path, headers: request.headers, body: await request.json() })
      return path.endsWith('out')
        ? new Response(null, { status: revoked })
        : Response.json({ access_token: `${SECRET}-access-2` })
    }),
  )
})

const tokens = { accessToken: `${SECRET}-access-1`, refreshToken: `${SECRET}-refresh-1` }

/** A context with the real fetch, and the inits that were passed to it. */
function createContext(more: object = {}) {
  const inits: RequestInit[] = []
  const context = {
    tokens,
    sessionId: 'sid-1',
    sequence: 3,
    fetch: (input: RequestInfo | URL, init: RequestInit = {}) => {
      inits.push(init)
      return fetch(input, init)
    },
    signal: new AbortController().signal,
    idempotencyKey: 'key-1',
    idleForMs: 1_500,
    everywhere: false,
    ...more,
  }
  return { context, inits }
}

const byCookie = (options?: CookieTransportOptions) =>
  cookieTransport('https://app.test/auth', options)
const byJson = (options?: JsonTransportOptions) => jsonTransport('https://app.test/auth', options)

describe.each<[string, (options?: CookieTransportOptions) => Transport, RequestCredentials]>([
  ['cookieTransport', byCookie, 'include'],
  ['jsonTransport', byJson, 'omit'],
])('%s', (_, create, credentials) => {
  test('posts JSON to /refresh and /logout below its URL, with a header that a form cannot send', async () => {
    const { context, inits } = createContext()
    await create().refresh(context)
    await create().revoke(context)
    expect(received.map(({ path }) => path)).toEqual(['/auth/refresh', '/auth/logout'])
    for (const { headers } of received) {
      expect(headers.get('content-type')).toBe('application/json')
      expect(headers.get('accept')).toBe('application/json')
      expect(headers.get('x-requested-with')).toBe('latchkey')
      expect(headers.has('authorization')).toBe(false)
    }
    for (const init of inits) {
      expect(init).toMatchObject({ method: 'POST', credentials, redirect: 'manual' })
      expect(init.signal).toBe(context.signal)
    }
  })

  test('sends the idempotency key with a refresh, and not with a logout', async () => {
    const { context } = createContext()
    await create().refresh(context)
    await create().revoke(context)
    expect(received.map(({ headers }) => headers.get('idempotency-key'))).toEqual(['key-1', null])
  })

  test('sends sid, seq and how long the user was inactive with a refresh', async () => {
    await create().refresh(createContext().context)
    expect(received[0]?.body).toMatchObject({ sid: 'sid-1', seq: 3, idle_ms: 1_500 })
  })

  test('leaves out what is unknown', async () => {
    const unknown = { tokens: null, sessionId: null, sequence: null, idleForMs: null }
    await create().refresh(createContext(unknown).context)
    await create().revoke(createContext(unknown).context)
    expect(received.map(({ body }) => body)).toEqual([{}, { everywhere: false }])
  })

  test('a logout names its session, and tells whether all sessions are meant', async () => {
    await create().revoke(createContext().context)
    await create().revoke(createContext({ everywhere: true }).context)
    expect(received.map(({ body }) => body)).toMatchObject([
      { sid: 'sid-1', everywhere: false },
      { sid: 'sid-1', everywhere: true },
    ])
  })

  test.each([
    [200, true],
    [204, true],
    // The server no longer knows the session.
    [401, true],
    [400, false],
    [403, false],
    [404, false],
    [500, false],
    [503, false],
  ])('a logout answered with %i is complete: %s', async (status, heard) => {
    revoked = status
    expect(await create().revoke(createContext().context)).toBe(heard)
  })

  test('`paths` moves both endpoints', async () => {
    const transport = create({ paths: { refresh: '/token', logout: '/sign-out' } })
    await transport.refresh(createContext().context)
    await transport.revoke(createContext().context)
    expect(received.map(({ path }) => path)).toEqual(['/auth/token', '/auth/sign-out'])
  })

  test('`headers` replaces the default header, by a list or a function that is called each time', async () => {
    let asked = 0
    await create({ headers: { 'x-csrf': 'fixed' } }).refresh(createContext().context)
    const changing = create({ headers: () => ({ 'x-csrf': String(++asked) }) })
    await changing.refresh(createContext().context)
    await changing.revoke(createContext().context)
    expect(received.map(({ headers }) => headers.get('x-csrf'))).toEqual(['fixed', '1', '2'])
    expect(received.some(({ headers }) => headers.has('x-requested-with'))).toBe(false)
  })

  test('`credentials` replaces the default', async () => {
    const { context, inits } = createContext()
    await create({ credentials: 'same-origin' }).refresh(context)
    expect(inits[0]?.credentials).toBe('same-origin')
  })

  test('`read` reads the answers of refresh and login', async () => {
    const transport = create({
      read: (answer) => ({ accessToken: JSON.stringify(answer), expiresInMs: 5 }),
    })
    const body = `{"access_token":"${SECRET}-access-2"}`
    expect(await transport.refresh(createContext().context)).toEqual({
      type: 'refreshed',
      tokens: { accessToken: body, expiresInMs: 5 },
    })
    expect(transport.read({ a: 1 })).toEqual({ accessToken: '{"a":1}', expiresInMs: 5 })
  })

  test.each(['', undefined, null, 7, {}])('a URL of %j throws a TypeError', (url) => {
    const make = create === byCookie ? cookieTransport : jsonTransport
    expect(() => make(url as string)).toThrow(TypeError)
    expect(() => make(url as string)).toThrow(/"url" must be .*'\/auth'.* not \w+/)
  })

  test('the options are not modified', async () => {
    const options = Object.freeze({
      paths: Object.freeze({ refresh: '/token' }),
      headers: Object.freeze({ 'x-a': '1' }),
    })
    await create(options).refresh(createContext().context)
    expect(received[0]?.path).toBe('/auth/token')
  })
})

test('a cookie transport never puts a token in a body', async () => {
  await byCookie().refresh(createContext().context)
  await byCookie().revoke(createContext().context)
  expect(JSON.stringify(received)).not.toContain(SECRET)
})

test('a JSON transport sends the refresh token, and no access token, with refresh and logout', async () => {
  await byJson().refresh(createContext().context)
  await byJson().revoke(createContext().context)
  expect(received.map(({ body }) => body)).toMatchObject([
    { refresh_token: tokens.refreshToken },
    { refresh_token: tokens.refreshToken },
  ])
  expect(JSON.stringify(received)).not.toContain(tokens.accessToken)
})

test('`body` makes the body of a JSON transport', async () => {
  const transport = byJson({ body: ({ refreshToken }) => ({ token: refreshToken, client: 'web' }) })
  await transport.refresh(createContext().context)
  await transport.revoke(createContext().context)
  expect(received[0]?.body).toEqual({
    sid: 'sid-1',
    seq: 3,
    idle_ms: 1_500,
    token: tokens.refreshToken,
    client: 'web',
  })
  expect(received[1]?.body).toMatchObject({ token: tokens.refreshToken, client: 'web' })
})

test('`idempotencyHeader` renames the key of a JSON transport, or leaves it out', async () => {
  const renamed = byJson({ idempotencyHeader: 'x-request-key' })
  const without = byJson({ idempotencyHeader: false })
  await renamed.refresh(createContext().context)
  await without.refresh(createContext().context)
  expect(received[0]?.headers.get('x-request-key')).toBe('key-1')
  expect(received[0]?.headers.has('idempotency-key')).toBe(false)
  expect(received[1]?.headers.has('idempotency-key')).toBe(false)
  expect([byJson(), renamed, without].map(({ idempotent }) => idempotent)).toEqual([
    undefined,
    undefined,
    false,
  ])
})

test('cookieTransport stores no tokens, jsonTransport stores them in the record', () => {
  expect(byCookie().storage.kind).toBe('memory')
  expect(byJson().storage.kind).toBe('record')
})

// Requests that outlive the page, and the quota of the browser for them.

describe('keepalive', () => {
  /** A session that refreshes, and the keepalive and the key of each attempt. */
  async function refreshing(answer: (attempt: number) => Response) {
    const attempts: { readonly keepalive: boolean | undefined; readonly key: string | null }[] = []
    const browser = createVirtualBrowser({
      session: {
        transport: cookieTransport('/auth', { idempotent: true }),
        maxWaitMs: 0,
        fetch: (_, init) => {
          const key = new Headers(init?.headers).get('idempotency-key')
          attempts.push({ keepalive: init?.keepalive, key })
          return Promise.resolve().then(() => answer(attempts.length))
        },
      },
    })
    const { session } = browser.openTab()
    await session.ready
    return { session, attempts }
  }

  test('a refresh is sent with keepalive', async () => {
    const { attempts } = await refreshing(() => json({ access_token: 'secret' }))
    expect(attempts.map(({ keepalive }) => keepalive)).toEqual([true])
  })

  test('after a TypeError of fetch it is sent again without keepalive, with the same key', async () => {
    const { session, attempts } = await refreshing((attempt) => {
      if (attempt === 1) throw new TypeError('over the quota')
      return json({ access_token: 'secret' })
    })
    expect(session.state.status).toBe('logged-in')
    expect(attempts.map(({ keepalive }) => keepalive)).toEqual([true, undefined])
    expect(attempts[0]?.key).toMatch(/.{20}/)
    expect(attempts[1]?.key).toBe(attempts[0]?.key)
  })

  test('after a second TypeError it is not sent again', async () => {
    const { session, attempts } = await refreshing(() => {
      throw new TypeError('offline')
    })
    expect(attempts).toHaveLength(2)
    expect(session.state.status).toBe('logged-out')
  })

  test('after any other error it is not sent again', async () => {
    const { attempts } = await refreshing(() => {
      throw new DOMException('mine', 'AbortError')
    })
    expect(attempts).toHaveLength(1)
  })

  test('a logout is sent with keepalive', async () => {
    const { session, attempts } = await refreshing(() => json({ access_token: 'secret' }))
    await session.logout({ everywhere: true })
    expect(attempts.map(({ keepalive }) => keepalive)).toEqual([true, true])
  })
})
