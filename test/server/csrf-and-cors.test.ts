import { request } from 'node:http'
import { expect, test } from 'vitest'
import { cookieOf, isAlive, logIn, read, type Answer, type Session } from './clients.ts'
import { onPostgres, type TestServer } from './harness.ts'

const FRIEND = 'https://app.example'
const SAME = 'same-origin'

onPostgres((start) => {
  const rejected = { status: 403, body: { error: 'csrf_rejected' }, setCookies: [] }

  test.each(['/auth/register', '/auth/login', '/auth/refresh', '/auth/logout'])(
    'POST %s is refused without the header X-Requested-With, whatever its origin',
    async (path) => {
      const server = await start()
      const session = await logIn(server, 'cookie')
      const cookie = cookieOf(session)
      for (const headers of [{ cookie }, { cookie, origin: server.url }])
        expect(await send(server, path, headers)).toMatchObject(rejected)
      expect(await isAlive(server, session)).toBe(true)
    },
  )

  test.each(['https://evil.example', 'null', 'http://localhost:1', 'http://app.example'])(
    'a page of origin %s is refused, header or not',
    async (origin) => {
      const server = await start({ allowedOrigins: [FRIEND] })
      const session = await logIn(server, 'cookie')
      const headers = { cookie: cookieOf(session), origin, 'x-requested-with': 'test' }
      expect(await send(server, '/auth/logout', headers)).toMatchObject(rejected)
      expect(await isAlive(server, session)).toBe(true)
    },
  )

  test("the server's own pages and those of allowed origins are served", async () => {
    const server = await start({ allowedOrigins: [FRIEND] })
    for (const origin of [server.url, FRIEND]) {
      const session = await logIn(server, 'cookie')
      const headers = { cookie: cookieOf(session), origin, 'x-requested-with': 'test' }
      expect((await send(server, '/auth/refresh', headers)).status).toBe(200)
    }
  })

  test.each([
    ['keeps the host', { host: 'app.example', origin: 'https://app.example' }],
    [
      'keeps host and port',
      { host: 'app.example:8443', origin: 'https://app.example:8443', 'sec-fetch-site': SAME },
    ],
    [
      'replaces the host',
      { host: 'backend:4400', origin: 'https://app.example', 'sec-fetch-site': SAME },
    ],
  ])(
    "the server's own page is served behind a proxy that ends TLS and %s, without any setting for it",
    async (_, headers) => {
      const server = await start({ trustedProxies: ['127.0.0.1'] })
      const session = await logIn(server, 'cookie')
      const cookie = cookieOf(session)
      expect(await statusOf(server, { ...headers, cookie, 'x-requested-with': 'test' })).toBe(200)
    },
  )

  test.each([
    ['https://evil.example', 'cross-site'],
    ['https://other.app.example', 'same-site'],
    // The page of somebody on the network, who can answer http: as any host.
    ['http://app.example', 'cross-site'],
    ['https://app.example', 'same-site'],
    ['https://app.example:8443', undefined],
    ['https://evil.example', undefined],
    ['null', undefined],
  ])('behind such a proxy, a page of origin %s, %s, is refused', async (origin, site) => {
    const server = await start({ trustedProxies: ['127.0.0.1'] })
    const session = await logIn(server, 'cookie')
    const headers = {
      host: 'app.example',
      origin,
      cookie: cookieOf(session),
      'x-requested-with': 'test',
      ...(site !== undefined && { 'sec-fetch-site': site }),
    }
    expect(await statusOf(server, headers)).toBe(403)
    expect(await isAlive(server, session)).toBe(true)
  })

  test('a page of an allowed origin is served, whatever its browser says about the site', async () => {
    const server = await start({ allowedOrigins: [FRIEND] })
    const session = await logIn(server, 'cookie')
    const headers = { origin: FRIEND, cookie: cookieOf(session), 'sec-fetch-site': 'cross-site' }
    expect(await statusOf(server, { ...headers, 'x-requested-with': 'test' })).toBe(200)
  })

  test('a plain client, whose token is all in the body, needs no header', async () => {
    const server = await start()
    const session = await logIn(server, 'body')
    const next = await send(server, '/auth/refresh', {}, { refresh_token: session.token })
    expect(next.status).toBe(200)
    const body = { refresh_token: next.body.refresh_token }
    expect((await send(server, '/auth/logout', {}, body)).status).toBe(204)
  })

  test.each([
    ['a cookie', (session: Session) => ({ cookie: cookieOf(session) })],
    ['an origin', () => ({ origin: 'https://evil.example' })],
  ])('a token in the body excuses no request that carries %s', async (_, headersFor) => {
    const server = await start()
    const session = await logIn(server, 'cookie')
    const body = { refresh_token: 'anything' }
    const answer = await send(server, '/auth/refresh', headersFor(session), body)
    expect(answer).toMatchObject(rejected)
  })

  test('a login without the header is refused even from a plain client: it would bring a foreign session', async () => {
    const server = await start()
    const { username, password } = await logIn(server, 'body')
    expect(await send(server, '/auth/login', {}, { username, password })).toMatchObject(rejected)
  })

  test('CORS: a page of an allowed origin may send what the SDK sends, with cookies', async () => {
    const server = await start({ allowedOrigins: [FRIEND] })
    for (const path of ['/auth/refresh', '/api/me']) {
      const { status, headers } = await preflight(server, path, FRIEND)
      expect(status).toBe(204)
      expect(headers.get('access-control-allow-origin')).toBe(FRIEND)
      expect(headers.get('access-control-allow-credentials')).toBe('true')
      const allowed = headers.get('access-control-allow-headers')?.toLowerCase().split(',')
      expect(allowed).toEqual(
        expect.arrayContaining(['authorization', 'content-type', 'idempotency-key']),
      )
      expect(allowed).toContain('x-requested-with')
    }
  })

  test('CORS: an allowed page can read answers, refusals and their challenges too', async () => {
    const server = await start({ allowedOrigins: [FRIEND] })
    const { status, headers } = await fetch(`${server.url}/api/me`, { headers: { origin: FRIEND } })
    expect(status).toBe(401)
    expect(headers.get('access-control-allow-origin')).toBe(FRIEND)
    expect(headers.get('access-control-expose-headers')?.toLowerCase()).toContain(
      'www-authenticate',
    )
    expect(headers.get('vary')).toBe('Origin')
  })

  test('CORS: no page of another origin may ask, unless the settings allow its origin', async () => {
    const servers = [await start({ allowedOrigins: [FRIEND] }), await start()]
    for (const server of servers) {
      const { headers } = await preflight(server, '/auth/refresh', 'https://evil.example')
      expect(headers.has('access-control-allow-origin')).toBe(false)
    }
  })
})

function preflight({ url }: TestServer, path: string, origin: string): Promise<Response> {
  return fetch(url + path, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST' },
  })
}

/** How a refresh with these headers is answered. `fetch` would not send all of them. */
function statusOf(
  { port }: TestServer,
  headers: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const wanted = { host: '127.0.0.1', port, path: '/auth/refresh', method: 'POST', headers }
    const sent = request(wanted, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** Sends exactly these headers. */
async function send(
  { url }: TestServer,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: unknown = {},
): Promise<Answer> {
  return read(
    await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }),
  )
}
