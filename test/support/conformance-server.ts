import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Route = (request: IncomingMessage, response: ServerResponse, url: URL) => unknown

/**
 * A server with the behaviour that clients meet: redirects, streams, stalls, broken connections. It allows any origin
 * and any header.
 */
export async function startConformanceServer(): Promise<{
  readonly origin: string
  close(): Promise<void>
}> {
  const arrived = new Map<string, PromiseWithResolvers<unknown>>()
  const released = new Map<string, PromiseWithResolvers<unknown>>()
  const of = (map: typeof arrived, url: URL): PromiseWithResolvers<unknown> => {
    const id = url.searchParams.get('id') ?? ''
    const gate = map.get(id) ?? Promise.withResolvers<unknown>()
    map.set(id, gate)
    return gate
  }

  const routes: Readonly<Record<string, Route>> = {
    '/json': (_, response) => response.setHeader('x-extra', 'more').end('{"ok":true}'),
    '/empty': (_, response) => response.writeHead(204).end(),
    '/missing': (_, response) => response.writeHead(404, 'Nowhere').end('none'),
    '/refused': (_, response) =>
      response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end('no'),
    '/redirect': (_, response) => response.writeHead(302, { location: '/json' }).end(),
    '/loop': (_, response) => response.writeHead(302, { location: '/loop' }).end(),
    '/broken': (request) => request.socket.destroy(),
    '/cut': (request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half')
      setImmediate(() => request.socket.destroy())
    },
    '/never': (_, __, url) => of(arrived, url).resolve(null),
    '/stream': async (_, response, url) => {
      response.writeHead(200).write('first')
      await of(released, url).promise
      response.end('second')
    },
    '/arrived': async (_, response, url) => {
      await of(arrived, url).promise
      response.end()
    },
    '/release': (_, response, url) => {
      of(released, url).resolve(null)
      response.end()
    },
    '/echo': async (request, response) => {
      const chunks = await request.toArray()
      response.end(`${String(request.method)} ${Buffer.concat(chunks as Buffer[]).toString()}`)
    },
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', 'authorization, x-own')
    response.setHeader('access-control-allow-methods', '*')
    response.setHeader('access-control-expose-headers', '*')
    if (request.method === 'OPTIONS') response.end()
    else void routes[url.pathname]?.(request, response, url)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    origin: `http://127.0.0.1:${String(port)}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
