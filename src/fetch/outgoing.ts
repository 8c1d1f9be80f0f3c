import type { HeaderList } from '../transport.ts'

/** `RequestInit`, and what only an authenticated request can be told. */
export interface AuthRequestInit extends RequestInit {
  /** `false`: a 401 is returned as it is. @default true */
  readonly replay?: boolean
}

/** A call of `authFetch`, looked at once. */
export interface Outgoing {
  readonly method: string
  readonly url: string
  readonly signal: AbortSignal | null | undefined
  /** The caller brings an authorization of its own, or asks for an answer that nobody may read: not ours to touch. */
  readonly isForeign: boolean
  /** The body is a stream, which can be read only once. */
  readonly isOneShot: boolean
  /** Whether the same call can be sent twice, and its caller lets it. */
  readonly mayRepeat: boolean
  /** The arguments of `fetch` for one send. The first one must be asked for before any is sent. */
  dress(
    headers: HeaderList,
    signal: AbortSignal,
    credentials: RequestCredentials | undefined,
  ): [RequestInfo | URL, RequestInit]
}

/** Takes a call apart. Nothing is read or copied that is not needed to send it, and to send it again. */
export function outgoing(input: RequestInfo | URL, init: AuthRequestInit = {}): Outgoing {
  const request = typeof input === 'object' && 'url' in input ? input : undefined
  const { replay = true, ...rest } = init
  const own = init.headers ?? request?.headers
  const signal = init.signal === undefined ? request?.signal : init.signal
  const isOneShot = init.body instanceof ReadableStream
  let spare: Request | undefined
  let sends = 0

  return {
    method: init.method ?? request?.method ?? 'GET',
    url: request?.url ?? (input as string | URL).toString(),
    signal,
    isForeign:
      (own !== undefined && new Headers(own).has('authorization')) ||
      (init.mode ?? request?.mode) === 'no-cors',
    isOneShot,
    mayRepeat: replay && !isOneShot,
    dress(headers, sessionSignal, credentials) {
      const isFirst = sends++ === 0
      // A Request's body can be read once: the second send needs a copy made before the first (Fetch §5.3).
      if (isFirst && replay && request?.body && !init.body) spare = request.clone()
      return [
        isFirst ? input : (spare ?? input),
        {
          // Whatever is given beside a Request makes fetch forget these two of it (Fetch §5.4).
          ...(request && { referrer: request.referrer, referrerPolicy: request.referrerPolicy }),
          ...rest,
          ...(credentials && !init.credentials && { credentials }),
          headers: own === undefined ? headers : merged(own, headers),
          signal: signal ? anyOf(signal, sessionSignal) : sessionSignal,
        },
      ]
    },
  }
}

function merged(own: HeadersInit, headers: HeaderList): Headers {
  const all = new Headers(own)
  for (const [name, value] of Object.entries(headers)) all.set(name, value)
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
