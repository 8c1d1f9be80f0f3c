import type { HeaderList } from '../transport.ts'
import type { ResolveTarget } from './targets.ts'

/** `RequestInit`, with what applies to authenticated requests only. */
export interface AuthRequestInit extends RequestInit {
  /** `false`: a 401 is returned as it is, and the request is not repeated. @default true */
  readonly replay?: boolean
}

/** A call of `authFetch` that gets the token, parsed once: later changes by its caller do not change it. */
export interface Outgoing {
  readonly method: string
  /** As the caller wrote it. */
  readonly url: string
  /** What that resolved to at the time of the call: the page's `<base>` may change. */
  readonly href: string
  readonly request: Request | undefined
  readonly init: RequestInit | undefined
  /** The caller's headers, of `init` or else of the Request. */
  readonly headers: Headers | undefined
  readonly signal: AbortSignal | null | undefined
  /** The body is a stream, which can be read only once. */
  readonly isOneShot: boolean
  /** Whether the call can be sent twice, and its caller allows that. */
  readonly mayRepeat: boolean
}

/**
 * Parses a call; `undefined` if it gets no token: it goes to another origin, has an `Authorization` of its own, or asks for
 * an opaque answer. Throws if `fetch` would reject the call, too.
 */
export function outgoing(
  input: RequestInfo | URL,
  init: AuthRequestInit | undefined,
  resolveTarget: ResolveTarget,
): Outgoing | undefined {
  const request = typeof input === 'object' && isRequest(input) ? input : undefined
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-conversion -- a caller may pass anything, and a symbol throws
  const url = request?.url ?? '' + (input as string)
  const href = resolveTarget(url)
  if (href === null || (init?.mode ?? request?.mode) === 'no-cors') return undefined
  const own = init?.headers ?? request?.headers
  const headers = own && new Headers(own)
  if (headers?.has('authorization')) return undefined
  const isOneShot = isStream(init?.body)
  return {
    method: init?.method ?? request?.method ?? 'GET',
    url,
    href,
    request,
    init: init && copyOf(init),
    headers,
    signal: init?.signal === undefined ? request?.signal : init.signal,
    isOneShot,
    mayRepeat: init?.replay !== false && !isOneShot,
  }
}

/** The same call for a second send. Made before the first one: a Request's body can be read only once (Fetch §5.3). */
export function cloneForReplay(call: Outgoing): Outgoing {
  const { request, init, mayRepeat } = call
  // Firefox does not implement `body`.
  const isUsedUp = request && request.body !== null && !init?.body
  return mayRepeat && isUsedUp ? { ...call, request: request.clone() } : call
}

/** The `init` for one send of the call, with the headers that authorize it. */
export function withAuthorization(
  { request, init, headers, signal }: Outgoing,
  list: HeaderList,
  session: AbortSignal,
  credentials: RequestCredentials | undefined,
): RequestInit {
  // Most calls end here.
  if (!request && !init && !credentials) return { headers: list, signal: session }
  return {
    // With an `init` beside a Request, fetch ignores these two properties of the Request (Fetch §5.4).
    ...(request && { referrer: request.referrer, referrerPolicy: request.referrerPolicy }),
    ...init,
    ...(credentials && !init?.credentials && { credentials }),
    headers: headers ? merged(headers, list) : list,
    signal: signal ? anyOf(signal, session) : session,
  }
}

function merged(own: Headers, list: HeaderList): Headers {
  const all = new Headers(own)
  for (const [name, value] of Object.entries(list)) all.set(name, value)
  return all
}

function anyOf(caller: AbortSignal, session: AbortSignal): AbortSignal {
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- missing in Safari 16
  if (AbortSignal.any) return AbortSignal.any([caller, session])
  const either = new AbortController()
  for (const signal of [caller, session]) {
    if (signal.aborted) either.abort(signal.reason)
    else
      signal.addEventListener('abort', () => either.abort(signal.reason), { signal: either.signal })
  }
  return either.signal
}

/** Also of another frame or a polyfill. An object that merely has a `url` is converted to a string, as fetch does. */
function isRequest(input: unknown): input is Request {
  return input instanceof Request || Object.prototype.toString.call(input) === '[object Request]'
}

function isStream(body: unknown): boolean {
  return (
    typeof body === 'object' &&
    body !== null &&
    ('getReader' in body || Symbol.asyncIterator in body)
  )
}

function copyOf(init: AuthRequestInit): RequestInit {
  const copy: { -readonly [Field in keyof AuthRequestInit]?: AuthRequestInit[Field] } = { ...init }
  delete copy.replay
  if (copy.body) copy.body = lasting(copy.body)
  return copy
}

/** A copy that can be sent later and again: the caller may refill its buffer or form meanwhile. */
function lasting(body: BodyInit): BodyInit {
  if (body instanceof ArrayBuffer) return body.slice(0)
  if (ArrayBuffer.isView(body))
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice()
  if (body instanceof URLSearchParams) return new URLSearchParams(body)
  if (!(body instanceof FormData)) return body
  const form = new FormData()
  for (const [name, value] of body) form.append(name, value as string)
  return form
}
