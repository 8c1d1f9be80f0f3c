import { ORIGIN } from '../../src/testing/virtual-page.ts'

/** A request as the server received it. */
export interface Seen {
  readonly path: string
  readonly method: string
  readonly headers: Headers
  readonly body: string
  readonly init: RequestInit
}

type Answer = Response | Promise<Response>

/** A server that a test scripts: one answer a request, in order; without a script, by the routes. */
export interface FakeServer {
  readonly fetch: typeof fetch
  readonly seen: readonly Seen[]
  seenAt(path: string): readonly Seen[]
  /** How the server answers a path from now on. */
  route(path: string, answer: (request: Seen) => Answer): void
}

export function createFakeServer(
  routes: Readonly<Record<string, (request: Seen) => Answer>> = {},
): FakeServer {
  const seen: Seen[] = []
  const table = new Map(Object.entries(routes))

  return {
    seen,
    seenAt: (path) => seen.filter((request) => request.path === path),
    route: (path, answer) => void table.set(path, answer),
    fetch: async (input, init = {}) => {
      const request = new Request(
        input instanceof Request ? input : new URL(input, `${ORIGIN}/page`),
        init,
      )
      request.signal.throwIfAborted()
      const { pathname: path } = new URL(request.url)
      const entry = {
        path,
        method: request.method,
        headers: request.headers,
        body: await request.clone().text(),
        init,
      }
      seen.push(entry)
      const answer = table.get(path)?.(entry) ?? new Response('{}', { status: 404 })
      return await raceAbort(Promise.resolve(answer), request.signal)
    },
  }
}

async function raceAbort(answer: Promise<Response>, signal: AbortSignal): Promise<Response> {
  return await new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error))
    answer.then(resolve, reject)
  })
}

export function json(body: unknown, status = 200, headers: HeadersInit = {}): Response {
  return Response.json(body, { status, headers })
}

/** A promise, and the function that settles it. */
export function gate<T = void>(): {
  readonly promise: Promise<T>
  readonly open: (value: T) => void
  readonly fail: (error: unknown) => void
} {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  return { promise, open: resolve, fail: reject }
}
