import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startProxy } from '../../demo/cluster/proxy.ts'
import { startResourceServer } from '../../demo/resource-server/start-resource-server.ts'
import { logIn } from './clients.ts'
import { onPostgres } from './harness.ts'

/** A request without the end of its body. */
const HALF = (path: string, headers: readonly string[]) =>
  [
    `POST ${path} HTTP/1.1`,
    'host: localhost',
    'content-type: application/json',
    ...headers,
    '',
    headers === CHUNKED ? '10\r\n{"username": "ab\r\n' : '{"username": "ab',
  ].join('\r\n')
const ANNOUNCED = ['x-requested-with: test', 'content-length: 100']
const CHUNKED = ['x-requested-with: test', 'transfer-encoding: chunked']
const REFUSED_AT_ONCE = ['content-length: 100']

onPostgres((start) => {
  test.each([
    ['a login', '/auth/login', ANNOUNCED],
    ['a refresh', '/auth/refresh', ANNOUNCED],
    ['a body in pieces', '/auth/login', CHUNKED],
    ['a request that is refused before its body is read', '/auth/login', REFUSED_AT_ONCE],
    ['a request that reads no body', '/auth/nothing', ANNOUNCED],
  ])('the connection of a client that sends half of %s is closed', async (_, path, headers) => {
    const server = await start({ requestWithinS: 1 })
    const { closed } = sendHalf(server.port, HALF(path, headers))
    await closed
    expect(server.log.filter(({ event }) => event === 'failed')).toEqual([])
  })

  test.each([
    ['a login', '/auth/login', ANNOUNCED],
    ['a refresh', '/auth/refresh', ANNOUNCED],
    ['a body in pieces', '/auth/login', CHUNKED],
  ])('a client that goes away in the middle of %s is no failure', async (_, path, headers) => {
    const arrived = Promise.withResolvers<AbortSignal>()
    const server = await start({
      before: [
        async (c, next) => {
          if (c.req.path === path) arrived.resolve(c.req.raw.signal)
          await next()
        },
      ],
    })
    const { socket } = sendHalf(server.port, HALF(path, headers))
    const signal = await arrived.promise
    const noticed = signal.aborted || once(signal, 'abort')
    socket.destroy()
    await noticed
    // Answered after it, in the same process.
    await logIn(server, 'body')
    expect(server.log.filter(({ event }) => event === 'failed')).toEqual([])
  })

  test('the resource server and the proxy close such connections as well', async () => {
    const resource = await startResourceServer({
      host: '127.0.0.1',
      port: 0,
      issuer: 'issuer',
      audience: 'audience',
      mode: 'rotating',
      accessTtlS: 600,
      renewTtlS: 600,
      allowedOrigins: [],
      requestWithinS: 1,
      jwksUrl: new URL('http://localhost:1/'),
      log: () => undefined,
    })
    onTestFinished(() => resource.close())
    const proxy = await startProxy({ port: 0, targets: [new URL(resource.url)], requestWithinS: 1 })
    onTestFinished(() => proxy.close())
    for (const { url } of [resource, proxy])
      await sendHalf(Number(new URL(url).port), HALF('/api/me', ANNOUNCED)).closed
  })
})

function sendHalf(port: number, text: string) {
  const socket = connect(port, '127.0.0.1', () => socket.write(text))
  socket.on('error', () => undefined).resume()
  onTestFinished(() => void socket.destroy())
  return { socket, closed: once(socket, 'close') }
}
