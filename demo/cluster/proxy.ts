import {
  Agent,
  createServer,
  request as ask,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { arrivingWithin, listen, localUrl, stopListening } from '../http-server.ts'

export interface ProxyOptions {
  readonly port: number
  /** The instances, which take turns. */
  readonly targets: readonly URL[]
  /** Within which time a request has to arrive, with its body. @default 10 */
  readonly requestWithinS?: number
}

export interface RunningProxy {
  readonly url: string
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const LARGEST_BODY = 1024 * 1024

/**
 * Distributes requests over several instances of one server in turn. No session sticks to an instance.
 *
 * If an instance does not answer, the next one is tried, but only if a second delivery is harmless: nothing has been
 * sent yet, or the request is safe (RFC 9110 §9.2.1), or it carries an `Idempotency-Key`. Otherwise the answer is 502,
 * and the client decides. `Host` is passed on unchanged, because a server compares it with the `Origin` of a request.
 * `X-Forwarded-For` names the real sender, whatever the client wrote there. An answer is passed on piece by piece,
 * event streams included.
 */
export async function startProxy({
  port,
  targets,
  requestWithinS = 10,
}: ProxyOptions): Promise<RunningProxy> {
  const agent = new Agent({ keepAlive: true })
  const server = createServer(
    arrivingWithin(requestWithinS),
    (request, response) => void serve(request, response),
  )
  let turn = 0

  const url = localUrl(HOST, await listen(server, { host: HOST, port }))
  return {
    url,
    async close() {
      await stopListening(server)
      agent.destroy()
    },
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await readWhole(request)
      if (body === undefined) return refuse(response, 413)
      const first = turn++
      for (let n = 0; n < targets.length; n++) {
        const target = targets[(first + n) % targets.length]
        if (target === undefined) break
        try {
          return await forward(target, request, body, response)
        } catch (error) {
          if (response.headersSent || response.destroyed) return void response.destroy()
          if (!mayRepeat(request, error)) return refuse(response, 502)
        }
      }
      refuse(response, 503, { 'retry-after': '1' })
    } catch {
      // The client has disconnected in the middle of its request.
      response.destroy()
    }
  }

  async function forward(
    target: URL,
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): Promise<void> {
    const asked = ask({
      agent,
      host: target.hostname,
      port: target.port,
      method: request.method,
      path: request.url,
      headers: {
        ...endToEnd(request.headers),
        ...(body.length > 0 && { 'content-length': body.length }),
        'x-forwarded-for': request.socket.remoteAddress,
        'x-forwarded-proto': 'http',
      },
      setHost: false,
    })
    const hangUp = () => asked.destroy()
    response.once('close', hangUp)
    try {
      asked.end(body)
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers))
      response.flushHeaders()
      await pipeline(answer, response)
    } finally {
      response.off('close', hangUp)
    }
  }
}

function mayRepeat({ method = '', headers }: IncomingMessage, error: unknown): boolean {
  const nothingWasSent = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
  const isSafe = ['GET', 'HEAD', 'OPTIONS'].includes(method)
  return nothingWasSent || isSafe || headers['idempotency-key'] !== undefined
}

async function readWhole(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > LARGEST_BODY) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** RFC 9110 §7.6.1: headers that describe one connection are not forwarded. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)))
}

function refuse(
  response: ServerResponse,
  status: 413 | 502 | 503,
  headers: Readonly<Record<string, string>> = {},
): void {
  const error = status === 413 ? 'invalid_request' : 'temporarily_unavailable'
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify({ error }))
}
