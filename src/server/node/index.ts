/** What this adapter needs of a request of `node:http`, Express or Fastify (`request.raw`). */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** Express's: the URL as it was before routers took their part of it off. */
  readonly originalUrl?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly socket: object
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
  return async (request, response) => sendResponse(await endpoint(toRequest(request)), response)
}

/** The request as the web platform has it. `body` is what a parser has already read, if that is not in `request.body`. */
export function toRequest(request: NodeRequest, body: unknown = request.body): Request {
  const { method = 'GET', url = '/', originalUrl = url, headers: fields, socket } = request
  const headers = new Headers()
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined && !name.startsWith(':')) headers.set(name, String(value))
  const host = String(fields['host'] ?? fields[':authority'] ?? 'localhost')
  const base = `${'encrypted' in socket ? 'https' : 'http'}://${host}`
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const isParsed = typeof body === 'object' && body !== null && !(body instanceof Uint8Array)
  if (isParsed) headers.set('content-type', 'application/json')
  const sent = isParsed ? JSON.stringify(body) : ((body as string | undefined) ?? streamOf(request))
  return new Request(new URL(originalUrl, base), {
    method,
    headers,
    ...(hasBody && { body: sent, duplex: 'half' }),
  })
}

/** Sends an answer of the web platform. */
export async function sendResponse(answer: Response, response: NodeResponse): Promise<void> {
  const headers: Record<string, string | string[]> = Object.fromEntries(answer.headers)
  const cookies = answer.headers.getSetCookie()
  if (cookies.length > 0) headers['set-cookie'] = cookies
  response.writeHead(answer.status, headers)
  response.end(new Uint8Array(await answer.arrayBuffer()))
}

function streamOf(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const next = await iterator.next()
      if (next.done === true) controller.close()
      else controller.enqueue(next.value)
    },
    cancel: () => void iterator.return?.(),
  })
}
