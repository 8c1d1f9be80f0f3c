import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createGate, type Gate } from '../browser/support/gate.ts'
import type { ProxiedRequest } from './server.ts'

export const PAGE_PATH = '/page'

/** Stands before a server: one origin for it and the page, as behind most reverse proxies. */
export interface Proxy {
  readonly origin: string
  /** The status of each refresh that was answered. */
  readonly refreshes: readonly number[]
  /** The newest access token that a request to the API carried. */
  readonly authorization: string
  /** From now on holds the answer to the first refresh. */
  holdRefresh(): Gate
  /** Where the server listens. */
  forwardTo(port: number): void
  /** Forgets the refreshes that it has seen, and holds none. */
  reset(): void
  close(): Promise<void>
}

/** Starts a proxy that serves `page()` at {@link PAGE_PATH}, and sends everything else to the server. */
export async function startProxy(
  page: () => string,
  isRefresh: (request: ProxiedRequest) => boolean,
): Promise<Proxy> {
  let port = 0
  let refreshes: number[] = []
  let authorization = ''
  let gate: Gate | undefined

  const server = createServer((incoming, outgoing) => {
    if (incoming.url?.split('?')[0] === PAGE_PATH)
      outgoing.writeHead(200, { 'content-type': 'text/html' }).end(page())
    else
      forward(incoming, outgoing).catch(() => {
        outgoing.destroy()
      })
  })

  async function forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = incoming
    const body = await text(incoming)
    if (headers.authorization !== undefined) authorization = headers.authorization
    const answer = await send({ method, path, body }, headers)
    if (method !== 'OPTIONS' && isRefresh({ method, path, body })) {
      refreshes.push(answer.statusCode ?? 0)
      await gate?.pass(() => incoming.socket.destroy())
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  }

  function send(
    { method, path, body }: ProxiedRequest,
    headers: IncomingMessage['headers'],
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, method, path, headers }
      request(options, resolve).once('error', reject).end(body)
    })
  }

  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`

  return {
    origin,
    get refreshes() {
      return refreshes
    },
    get authorization() {
      return authorization
    },
    holdRefresh() {
      gate = createGate('a refresh', 1)
      return gate
    },
    forwardTo: (wanted) => void (port = wanted),
    reset() {
      gate?.open()
      gate = undefined
      refreshes = []
    },
    close() {
      gate?.open()
      return new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      })
    },
  }
}
