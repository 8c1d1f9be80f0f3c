import type { HeaderList } from '../transport.ts'
import type { ResolveTarget } from './targets.ts'

/** `RequestInit`, and what only an authenticated request can be told. */
export interface AuthRequestInit extends RequestInit {
  /** `false`: a 401 is returned as it is. @default true */
  readonly replay?: boolean
}

/** A call of `authFetch` that gets the token, looked at once: nothing that its caller changes afterwards changes it. */
export interface Outgoing {
  readonly method: string
  /** As the caller wrote it. */
  readonly url: string
  /** What that meant when it was called: a page's `<base>` may move. */
  readonly href: string
  readonly request: Request | undefined
  readonly init: RequestInit | undefined
  /** The caller's own, of `init` or else of the Request. */
  readonly headers: Headers | undefined
  readonly signal: AbortSignal | null | undefined
  /** The body is a stream, which can be read only once. */
  readonly isOneShot: boolean
  /** Whether the same call can be sent twice, and its caller lets it. */
  readonly mayRepeat: boolean
}

/**
 * Takes a call apart; nothing if it is not ours to touch: it goes elsewhere, brings an authorization of its own, or asks
 * for an answer that nobody may read. Throws if `fetch` would reject the call, too.
 */
export function outgoing(
  input: RequestInfo | URL,
  init: AuthRequestInit | undefined,
  resolveTarget: ResolveTarget,
): Outgoing | undefined {
  const request = typeof input === 'object' && isRequest(input) ? input : undefined
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-conversion -- anything may come, and a symbol throws
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

/** The same call to be sent once more, made before it is sent: a Request's body can be read once (Fetch §5.3). */
export function spare(call: Outgoing): Outgoing {
  const { request, init, mayRepeat } = call
  // Firefox knows no `body`.
  const isUsedUp = request && request.body !== null && !init?.body
  return mayRepeat && isUsedUp ? { ...call, request: request.clone() } : call
}

/** What `fetch` is told beside the URL, for one send. */
export function dress(
  { request, init, headers, signal }: Outgoing,
  list: HeaderList,
  session: AbortSignal,
  credentials: RequestCredentials | undefined,
): RequestInit {
  // Most calls are like this one.
  if (!request && !init && !credentials) return { headers: list, signal: session }
  return {
    // Whatever is given beside a Request makes fetch forget these two of it (Fetch §5.4).
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
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- Safari 16 has none
  if (AbortSignal.any) return AbortSignal.any([caller, session])
  const either = new AbortController()
  for (const signal of [caller, session]) {
    if (signal.aborted) either.abort(signal.reason)
    else
      signal.addEventListener('abort', () => either.abort(signal.reason), { signal: either.signal })
  }
  return either.signal
}

/** Of whatever frame or polyfill. What only has a `url` is text to fetch, like everything else. */
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

/** What can be sent later, and again, whatever becomes of the buffer or the form: their owners may fill them anew. */
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
