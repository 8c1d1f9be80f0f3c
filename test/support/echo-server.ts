import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it arrived. */
export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
}

export interface EchoServer {
  readonly origin: string
  /** What has arrived since the last call. */
  take(): readonly Received[]
  /** The statuses of the next answers; 200 after the last of them. */
  answer(...statuses: number[]): void
  close(): Promise<void>
}

/**
 * Starts a real HTTP server on this machine that records its requests: a fake could not show how fetch sends a
 * body. `before` runs first, and what it answers itself is not kept.
 */
export async function startEchoServer(
  before: (...args: Parameters<RequestListener>) => void = () => undefined,
): Promise<EchoServer> {
  let received: Received[] = []
  let statuses: number[] = []

  const server = createServer((request, response) => {
    before(request, response)
    if (response.writableEnded) return
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      received.push({ method, url, headers, body: Buffer.concat(chunks) })
      const status = statuses.shift() ?? 200
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ status }))
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo

  return {
    origin: `http://127.0.0.1:${String(port)}`,
    take() {
      const taken = received
      received = []
      return taken
    },
    answer(...next) {
      statuses = next
    },
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections()
        server.close(() => closed())
      }),
  }
}
