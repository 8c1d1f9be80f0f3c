import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import express from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { createSessions, memoryStore } from '../../../src/server/index.ts'
import { toNodeHandler, toRequest } from '../../../src/server/node/index.ts'

const sessions = createSessions({ store: memoryStore(), accessToken: () => 'access' })

/** What a web request is made of what a client sends, byte for byte. */
async function urlOf(lines: readonly string[]): Promise<string> {
  const seen = await exchange(
    (request) => Promise.resolve(new Response(request.url)),
    [...lines, 'Connection: close', '', ''].join('\r\n'),
  )
  return seen.split('\r\n\r\n')[1] ?? ''
}

test.each([
  ['/auth/refresh?a=b', 'app.test', 'http://app.test/auth/refresh?a=b'],
  ['//evil.test/auth', 'app.test', 'http://app.test//evil.test/auth'],
  ['http://evil.test/auth?a', 'app.test', 'http://app.test/auth?a'],
  ['/auth', 'a b', 'http://localhost/auth'],
  ['/auth', 'app.test/x?', 'http://localhost/auth'],
  ['/auth', 'user@app.test', 'http://localhost/auth'],
  ['/auth', 'app.test:99999', 'http://localhost/auth'],
  ['/\\evil.test', 'app.test:8080', 'http://app.test:8080//evil.test'],
])('a request for %s of host %s is one for %s', async (target, host, url) => {
  expect(await urlOf([`POST ${target} HTTP/1.1`, `Host: ${host}`])).toBe(url)
})

test('an answer says how long it is, and keeps each of its cookies', async () => {
  const headers = new Headers({ 'content-type': 'text/plain' })
  for (const cookie of ['a=1; Path=/', 'b=2; Expires=Thu, 01 Jan 1970 00:00:00 GMT'])
    headers.append('set-cookie', cookie)
  const { url } = await serve(() => Promise.resolve(new Response('ö', { headers })))
  const answer = await fetch(url, { method: 'POST' })
  expect(answer.headers.getSetCookie()).toHaveLength(2)
  expect(answer.headers.get('content-length')).toBe('2')
  expect(await answer.text()).toBe('ö')
})

test('an answer whose headers cannot be changed is sent, too', async () => {
  const answer = await exchange(
    () => Promise.resolve(Response.redirect('http://app.test/login', 303)),
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf',
  )
  expect(answer).toMatch(/^HTTP\/1\.1 303 [^]*^location: http:\/\/app\.test\/login\r$/m)
})

test('an answer without a body has none', async () => {
  const { url } = await serve(() => Promise.resolve(new Response(null, { status: 204 })))
  const answer = await fetch(url, { method: 'POST' })
  expect([answer.status, answer.headers.get('content-length')]).toEqual([204, null])
})

test('a body that is too long is answered before it ends, and the connection is closed', async () => {
  const head = 'POST /auth/refresh HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n'
  const answer = await exchange(sessions.refresh, head + ' '.repeat(100_000))
  expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  expect(answer).toMatch(/^connection: close\r$/im)
})

test('a client that goes away in the middle of its body is no failure', async () => {
  const failures: unknown[] = []
  const answered: number[] = []
  const handler = toNodeHandler(async (request) => {
    const answer = await sessions.refresh(request)
    answered.push(answer.status)
    return answer
  })
  const { port } = await listen((request, response) => {
    handler(request, response).catch((error: unknown) => failures.push(error))
  })
  const socket = connect(port, '127.0.0.1')
  socket.write('POST /auth/refresh HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"refresh')
  await once(socket, 'connect')
  socket.resetAndDestroy()
  await expect.poll(() => answered).toEqual([400])
  expect(failures).toEqual([])
})

test.each([
  ['JSON', 'application/json', '{"a":"ö","b":["1"]}', { a: 'ö', b: ['1'] }],
  ['a form', 'application/x-www-form-urlencoded', 'a=%C3%B6&b=1', { a: 'ö', b: '1' }],
])('%s that Express has parsed is read as it was', async (_, type, sent, body) => {
  const app = express()
  app.use(express.json(), express.urlencoded())
  app.post('/{*path}', (request, response) => {
    void toRequest(request)
      .json()
      .then((seen) => response.json(seen))
  })
  const { url } = await listen(app)
  const init = { method: 'POST', headers: { 'content-type': type }, body: sent }
  expect(await (await fetch(url, init)).json()).toEqual(body)
})

test.each([
  ['text', express.text({ type: '*/*' })],
  ['bytes', express.raw({ type: '*/*' })],
])('a body that Express has read as %s is read again', async (_, parser) => {
  const app = express()
  app.use(parser)
  app.post('/{*path}', (request, response) => {
    void toRequest(request)
      .text()
      .then((seen) => response.send(seen))
  })
  const { url } = await listen(app)
  expect(await (await fetch(url, { method: 'POST', body: '{"a": 1}' })).text()).toBe('{"a": 1}')
})

test('in a router of Express, the URL is the whole one', async () => {
  const app = express()
  const router = express.Router()
  router.post('/refresh', (request, response) => response.send(toRequest(request).url))
  app.use('/auth', router)
  const { url } = await listen(app)
  expect(await (await fetch(`${url}/auth/refresh`, { method: 'POST' })).text()).toBe(
    `${url}/auth/refresh`,
  )
})

type Listener = Parameters<typeof createServer>[1]

async function listen(
  listener: Listener,
): Promise<{ readonly url: string; readonly port: number }> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port }
}

function serve(endpoint: (request: Request) => Promise<Response>) {
  const handler = toNodeHandler(endpoint)
  return listen((request, response) => {
    handler(request, response).catch(() => response.destroy())
  })
}

/** Sends this text, and resolves to all that comes back until the server closes the connection. */
async function exchange(
  endpoint: (request: Request) => Promise<Response>,
  sent: string,
): Promise<string> {
  const { port } = await serve(endpoint)
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (data) => (answer += String(data)))
  // What was sent but not read resets the connection after the answer.
  socket.on('error', () => undefined)
  socket.write(sent)
  await new Promise((resolve) => socket.on('close', resolve))
  return answer
}
