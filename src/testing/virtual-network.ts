import type { Life } from './life.ts'
import { ORIGIN } from './virtual-page.ts'
import type { VirtualServer } from './virtual-server.ts'

/** A request as it left the browser. */
export interface SentRequest {
  readonly path: string
  readonly origin: string
  readonly method: string
  readonly headers: Headers
  /** The members of the body, if it is a JSON object or a form. */
  readonly body: Readonly<Record<string, unknown>>
  readonly keepalive: boolean
  /** The cookies that were sent. */
  readonly cookies: ReadonlyMap<string, string>
}

/** A request on its way to the server, or an answer on its way back. It waits until `pass` or `drop` is called. Further calls do nothing. */
export interface Leg {
  readonly way: 'up' | 'down'
  readonly sent: SentRequest
  /** Lets it arrive. With `script` a request is answered by that instead of the server, unless its page has cancelled it. */
  pass(script?: Script): void
  /** Loses it: the page gets a network error. */
  lose(): void
}

/** Answers a request. `handle` has the server handle it, and returns its answer. */
export type Script = (sent: SentRequest, handle: () => Response) => Response | Promise<Response>

/** The network between one browser and one server, with the browser's cookie jar. */
export interface VirtualNetwork {
  /** A `fetch` that belongs to no page. */
  readonly fetch: typeof fetch
  readonly jar: Map<string, string>
  /** All requests, in order. */
  readonly sent: readonly SentRequest[]
  sentTo(path: string): readonly SentRequest[]
  /** Answers the next request to `path` with `script` instead of the server. */
  next(path: string, script: Script): void
  /** Passes requests to `path` (`*`: to all other paths) and their answers to a test, which lets them pass or loses them; `null` delivers them again. */
  hold(path: string, onLeg: ((leg: Leg) => void) | null): void
  /** Empties `sent`. */
  forget(): void
  /** The `fetch` of a page. Requests without `keepalive` are cancelled when the page ends. */
  of(life: Life): typeof fetch
}

/**
 * Connects a browser to `server`. As in a browser, cookies are read when a request is sent and stored when its answer
 * arrives, even if the page is gone by then.
 */
export function createVirtualNetwork(server: VirtualServer): VirtualNetwork {
  const jar = new Map<string, string>()
  const sent: SentRequest[] = []
  const scripts = new Map<string, Script[]>()
  const held = new Map<string, (leg: Leg) => void>()
  const cookiesOf = new WeakMap<Response, ReadonlyMap<string, string | null>>()

  function handle(request: SentRequest): Response {
    const { status, body, headers = {}, cookies } = server.handle(request)
    const response =
      body === undefined
        ? new Response(null, { status, headers })
        : Response.json(body, { status, headers })
    if (cookies) cookiesOf.set(response, cookies)
    return response
  }

  /** Resolves when the leg passes, to what it was passed with. Rejects when it is lost. */
  function travel(way: Leg['way'], request: SentRequest): Promise<Script | undefined> {
    const onLeg = held.get(request.path) ?? held.get('*')
    if (!onLeg) return Promise.resolve(undefined)
    return new Promise((resolve, reject) => {
      onLeg({
        way,
        sent: request,
        pass: resolve,
        lose: () => reject(new TypeError('Failed to fetch')),
      })
    })
  }

  async function carry(request: SentRequest, isCancelled: () => boolean): Promise<Response> {
    const passedWith = await travel('up', request)
    if (isCancelled()) throw new TypeError('Failed to fetch')
    const script = passedWith ?? scripts.get(request.path)?.shift()
    const response = await (script ? script(request, () => handle(request)) : handle(request))
    await travel('down', request)
    if (!isCancelled()) {
      for (const [name, value] of cookiesOf.get(response) ?? []) {
        if (value === null) jar.delete(name)
        else jar.set(name, value)
      }
    }
    return response
  }

  function fetchOf(life?: Life): typeof fetch {
    return async (input, init = {}) => {
      const request = new Request(
        input instanceof Request ? input : new URL(input, `${ORIGIN}/page`),
        init,
      )
      const { signal } = request
      signal.throwIfAborted()
      const { pathname: path, origin } = new URL(request.url)
      const entry: SentRequest = {
        path,
        origin,
        method: request.method,
        headers: request.headers,
        body: membersOf(init.body),
        keepalive: init.keepalive === true,
        cookies: new Map(init.credentials === 'omit' ? [] : jar),
      }
      sent.push(entry)
      const carried = carry(entry, () => life?.isGone === true && !entry.keepalive)
      return await new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
        carried.then((response) => {
          // The page hung up before the answer arrived.
          if (signal.aborted) void response.body?.cancel().catch(() => undefined)
          else resolve(life ? arriving(response, life, signal) : response)
        }, reject)
      })
    }
  }

  return {
    fetch: fetchOf(),
    jar,
    sent,
    sentTo: (path) => sent.filter((request) => request.path === path),
    next: (path, script) => void scripts.set(path, [...(scripts.get(path) ?? []), script]),
    hold(path, onLeg) {
      if (onLeg) held.set(path, onLeg)
      else held.delete(path)
    },
    forget() {
      sent.length = 0
    },
    of: (life) => fetchOf(life),
  }
}

/** The body of an event stream. The page holds the connection until it aborts the request, or is gone. */
function arriving(response: Response, life: Life, signal: AbortSignal): Response {
  const { body, headers } = response
  if (!body || !headers.get('content-type')?.startsWith('text/event-stream')) return response
  const reader = body.getReader()
  const hangUp = life.hold(() => void reader.cancel().catch(() => undefined))
  const incoming = new ReadableStream<Uint8Array>({
    start(controller) {
      signal.addEventListener('abort', () => {
        hangUp()
        controller.error(signal.reason)
      })
    },
    async pull(controller) {
      const piece = await reader.read().catch(() => null)
      await new Promise<void>((resolve) => life.run(resolve))
      if (piece?.value) return controller.enqueue(piece.value)
      hangUp()
      if (piece) controller.close()
      else controller.error(new TypeError('network error'))
    },
    cancel: hangUp,
  })
  return new Response(incoming, response)
}

function membersOf(body: unknown): Readonly<Record<string, unknown>> {
  if (body instanceof URLSearchParams) return Object.fromEntries(body)
  try {
    const value: unknown = typeof body === 'string' ? JSON.parse(body) : {}
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
