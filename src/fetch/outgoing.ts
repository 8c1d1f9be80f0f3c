import type { HeaderList } from '../transport.ts'
import { copyOf, isLasting, othersOf } from './read-init.ts'
import type { ResolveTarget } from './targets.ts'
import { urlOfRequest } from './url-of-request.ts'

/** `RequestInit`, with what applies to authenticated requests only. */
export interface AuthRequestInit extends RequestInit {
  /** `false`: a 401 is returned as it is, and the request is not repeated. @default true */
  readonly replay?: boolean
  /**
   * With the option `onEnd: stay()`. `false`: this call never waits for the next sign-in. A function is called right before a
   * call that has waited is sent, and says whether it still makes sense: without `true` it rejects with `session_ended`.
   * @default waits, and is sent
   */
  readonly park?: boolean | (() => boolean | Promise<boolean>) | undefined
  /**
   * Sends this request, and its repetition, in place of the session's `fetch`: by XMLHttpRequest, or through another
   * library. It is called as fetch is, with the token in `init.headers` and a signal that aborts when the session ends.
   * The request is repeated if its answer refuses the token. @default that of the session
   */
  readonly fetch?: typeof fetch
}

/** What fetch is called with, and which one. */
export interface Call {
  readonly fetch: typeof fetch
  readonly resource: RequestInfo
  readonly init: RequestInit | undefined
}

/** A call of `authFetch` that gets the token, read once: later changes by its caller do not change it. */
export interface Outgoing extends Call {
  readonly method: string
  /** As the caller wrote it. */
  readonly url: string
  /** What that resolved to at the time of the call: the page's `<base>` may change. */
  readonly href: string
  /** Built from the call, unless that was a URL and an `init` of texts. */
  readonly request: Request | undefined
  readonly headers: Headers | undefined
  readonly signal: AbortSignal | null | undefined
  readonly credentials: RequestCredentials | undefined
  /** Never read. WebKit loses the files of a form that no object of the page holds. */
  readonly body: unknown
  /** The page may be gone before the answer comes. */
  readonly isKeepalive: boolean
  /** The body is a stream, which can be read only once. */
  readonly isOneShot: boolean
  /** Whether the call can be sent twice, and its caller allows that. */
  readonly mayRepeat: boolean
  /** As the caller gave it. */
  readonly park: AuthRequestInit['park']
  /** How far the call has come. Its copies share this. */
  readonly progress: Progress
}

/** `sent`: the server may have acted on the call. `refused`: it was answered that its token is not good, so it has had no effect. */
export interface Progress {
  at: 'unsent' | 'sent' | 'refused'
}

/**
 * Reads a call as fetch does. A call that gets no token is a {@link Call} alone: it goes to another origin, has an
 * `Authorization` of its own, asks for an opaque answer, is aborted already, or fetch will reject it in its own words.
 * Throws what the caller's own code throws.
 */
export function outgoing(
  input: unknown,
  init: unknown,
  resolveTarget: ResolveTarget,
  sessionFetch: typeof fetch,
): Outgoing | Call {
  const sender = fetchFor(init, sessionFetch)
  const requested = urlOfRequest(input)
  const url = requested ?? stringOf(input)
  const resource = requested === undefined && url !== null ? url : (input as Request)
  const href = url === null ? null : resolveTarget(url)
  const isInit = init === undefined || init === null || init === Object(init)
  if (url === null || href === null || !isInit)
    return { fetch: sender, resource, init: init as RequestInit }
  const copy = init ? copyOf(init) : undefined
  const isRepeatable = copy?.['replay'] !== false
  const park = copy?.['park'] as AuthRequestInit['park']
  delete copy?.['replay']
  delete copy?.['park']
  delete copy?.['fetch']
  try {
    const isStreamed = isStream(copy?.body)
    // The platform knows best what a Request and all that is to be converted come to. Most calls need no Request.
    const request =
      requested !== undefined || (copy && !(isLasting(copy) && isSignal(copy.signal)))
        ? new Request(requested === undefined ? href : resource, copy)
        : undefined
    if (!request && copy?.headers !== undefined) copy.headers = new Headers(copy.headers)
    const headers = (request ?? copy)?.headers as Headers | undefined
    // WebKit ignores a value that is no signal, so the signal of the Request is taken there.
    const signal =
      requested === undefined && isSignal(copy?.signal) ? copy?.signal : request?.signal
    const sentInit = request && copy ? othersOf(copy) : copy
    const { mode, method = 'GET', keepalive = false } = request ?? copy ?? {}
    if (headers?.has('authorization') || mode === 'no-cors' || signal?.aborted)
      return { fetch: sender, resource: request ?? url, init: sentInit }
    return {
      fetch: sender,
      resource: request ?? href,
      init: sentInit,
      method,
      url,
      href,
      request,
      headers,
      signal,
      credentials: copy?.credentials,
      body: copy?.body,
      isKeepalive: keepalive,
      isOneShot: isStreamed,
      mayRepeat: isRepeatable && !isStreamed,
      park,
      progress: { at: 'unsent' },
    }
  } catch {
    return { fetch: sender, resource, init: copy }
  }
}

/** What sends a call: its own `fetch`, or else the session's. One of `Object.prototype` must not get tokens. */
export function fetchFor(init: unknown, sessionFetch: typeof fetch): typeof fetch {
  if (init === undefined || init === null || !Object.hasOwn(init, 'fetch')) return sessionFetch
  const own = (init as AuthRequestInit).fetch
  return typeof own === 'function' ? own : sessionFetch
}

/** Sends a call as it is. */
export function sendAsIs({ fetch, resource, init }: Call): Promise<Response> {
  return fetch(resource, init)
}

/** Throws if fetch would reject the call. */
export function validate({ request, href, init }: Outgoing): void {
  if (!request) new Request(href, init)
}

/** The same call for a second send. Made before the first one: a Request's body can be read only once (Fetch §5.3). */
export function cloneForReplay(call: Outgoing): Outgoing {
  const { request, mayRepeat } = call
  // Once `body` was read, WebKit does not send a form with files.
  const mayHaveBody = request && !/^(GET|HEAD)$/.test(request.method)
  if (!mayRepeat || !mayHaveBody) return call
  const clone = request.clone()
  return { ...call, resource: clone, request: clone }
}

/** Sends the call with the headers that authorize it. */
export function sendWith(
  call: Outgoing,
  list: HeaderList,
  signal: AbortSignal,
  credentials: RequestCredentials | undefined,
): Promise<Response> {
  const { fetch, resource } = call
  return fetch(resource, withAuthorization(call, list, signal, credentials))
}

function withAuthorization(
  { request, init, headers }: Outgoing,
  list: HeaderList,
  signal: AbortSignal,
  credentials: RequestCredentials | undefined,
): RequestInit {
  // Most calls end here.
  if (!request && !init && !credentials) return { headers: list, signal }
  return {
    // With an `init` beside a Request, fetch ignores these two properties of the Request (Fetch §5.4).
    ...(request && { referrer: request.referrer, referrerPolicy: request.referrerPolicy }),
    ...init,
    ...(credentials && { credentials }),
    headers: headers ? merged(headers, list) : list,
    signal,
  }
}

function merged(own: Headers, list: HeaderList): Headers {
  const all = new Headers(own)
  for (const [name, value] of Object.entries(list)) all.set(name, value)
  return all
}

/** Converts an input to a string as fetch does; `null` if the input cannot be converted. */
function stringOf(input: unknown): string | null {
  try {
    return ''.concat(input as string)
  } catch {
    return null
  }
}

/** Whether this is a signal, of any frame, or none at all. */
function isSignal(value: unknown): boolean {
  try {
    return (
      value === undefined ||
      value === null ||
      typeof Reflect.get(AbortSignal.prototype, 'aborted', value) === 'boolean'
    )
  } catch {
    return false
  }
}

function isStream(body: unknown): boolean {
  return (
    typeof body === 'object' &&
    body !== null &&
    ('getReader' in body || Symbol.asyncIterator in body)
  )
}
