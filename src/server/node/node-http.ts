/** What this adapter needs of a request of `node:http`, Express or Fastify (`request.raw`). */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** Express's: the URL as it was before routers took their part of it off. */
  readonly originalUrl?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly socket: object
  /** Whether all of it has arrived. */
  readonly complete?: boolean | undefined
  /** What a body parser of the application has already read. */
  readonly body?: unknown
}

/** What this adapter needs of a response. */
export interface NodeResponse {
  writeHead(status: number, headers: Record<string, string | string[]>): unknown
  end(body: Uint8Array): unknown
}

/**
 * Mounts an endpoint that speaks `Request` and `Response` in Express or `node:http`:
 * `app.post('/auth/refresh', toNodeHandler(sessions.refresh))`. The promise rejects if the endpoint does.
 */
export function toNodeHandler(
  endpoint: (request: Request) => Promise<Response>,
): (request: NodeRequest, response: NodeResponse) => Promise<void> {
  return async (request, response) => {
    const answer = await endpoint(toRequest(request))
    // Without this, the rest of a body that was refused would be waited for.
    const more: Readonly<Record<string, string>> =
      request.complete === false ? { connection: 'close' } : {}
    await send(answer, response, more)
  }
}

const HOST = /^[\w.:[\]-]+$/

/** The request as the web platform has it. `body` is what a parser has already read, if that is not in `request.body`. */
export function toRequest(request: NodeRequest, body: unknown = request.body): Request {
  const { method = 'GET', headers: fields } = request
  const headers = new Headers()
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined && !name.startsWith(':')) headers.set(name, String(value))
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const isParsed = typeof body === 'object' && body !== null && !(body instanceof Uint8Array)
  if (isParsed) headers.set('content-type', 'application/json')
  const sent = isParsed ? JSON.stringify(body) : ((body as string | undefined) ?? streamOf(request))
  return new Request(urlOf(request), {
    method,
    headers,
    ...(hasBody && { body: sent, duplex: 'half' }),
  })
}

function urlOf({ url = '/', originalUrl = url, headers, socket }: NodeRequest): string {
  const host = String(headers['host'] ?? headers[':authority'])
  const named = `${'encrypted' in socket ? 'https' : 'http'}://${host}`
  const base = HOST.test(host) && URL.canParse(named) ? named : 'http://localhost'
  // Resolved against the base, a path such as `//evil.example` would name another host.
  if (originalUrl.startsWith('/')) return base + originalUrl
  // A proxy may be sent the whole URL (RFC 9112 §3.2.2). Its host is not taken for the server's.
  const { pathname, search } = new URL(URL.canParse(originalUrl) ? originalUrl : base)
  return base + pathname + search
}

/** Sends an answer of the web platform. */
export function sendResponse(answer: Response, response: NodeResponse): Promise<void> {
  return send(answer, response, {})
}

async function send(
  answer: Response,
  response: NodeResponse,
  more: Readonly<Record<string, string>>,
): Promise<void> {
  const body = new Uint8Array(await answer.arrayBuffer())
  const headers: Record<string, string | string[]> = {
    ...Object.fromEntries(answer.headers),
    ...more,
  }
  const cookies = answer.headers.getSetCookie()
  if (cookies.length > 0) headers['set-cookie'] = cookies
  if (body.length > 0) headers['content-length'] = String(body.length)
  response.writeHead(answer.status, headers)
  response.end(body)
}

function streamOf(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  return new ReadableStream({
    // Has no `cancel`: to end the iterator would close the connection before the answer is sent.
    async pull(controller) {
      const next = await iterator.next()
      if (next.done === true) controller.close()
      else controller.enqueue(next.value)
    },
  })
}
