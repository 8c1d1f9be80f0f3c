import type { HeaderList, RevokeContext, TransportContext } from '../transport.ts'

/** What all HTTP transports let an application set. */
export interface EndpointOptions {
  /** Below the transport's URL. @default { refresh: '/refresh', logout: '/logout' } */
  readonly paths?: { readonly refresh?: string; readonly logout?: string } | undefined
  /**
   * Sent with each request to the auth server. A header that no form can send keeps other sites from refreshing or
   * logging out in the user's name. @default { 'x-requested-with': 'latchkey' }
   */
  readonly headers?: HeaderList | (() => HeaderList) | undefined
  /** @default 'include' */
  readonly credentials?: RequestCredentials | undefined
}

/** Posts JSON to one auth server. */
export interface Endpoint {
  /** Where it posts. */
  readonly urls: readonly string[]
  readonly headers: () => HeaderList
  refresh(context: TransportContext, body: object, headers?: HeaderList): Promise<Response>
  /** Whether the server has heard: it has, too, when it knows the session no more. */
  logout(context: RevokeContext, body: object, headers?: HeaderList): Promise<boolean>
}

/** Resolves the options of an HTTP transport. Throws a `TypeError` that names what is wrong. */
export function createEndpoint(url: string, options: EndpointOptions): Endpoint {
  if (typeof url !== 'string' || url === '') {
    throw new TypeError(
      `"url" must be the URL of the auth endpoints, such as '/auth', not ${typeof url}`,
    )
  }
  const { headers = { 'x-requested-with': 'latchkey' }, credentials = 'include' } = options
  const { refresh = '/refresh', logout = '/logout' } = options.paths ?? {}
  const base = url.replace(/\/+$/, '')
  const resolveHeaders = (): HeaderList => (typeof headers === 'function' ? headers() : headers)

  function post(
    context: RevokeContext | TransportContext,
    path: string,
    body: object,
    more: HeaderList = {},
  ): Promise<Response> {
    return context.fetch(base + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...resolveHeaders(),
        ...more,
      },
      body: JSON.stringify(body),
      credentials,
      signal: context.signal,
      // A redirect leads to a login page, not to tokens.
      redirect: 'manual',
    })
  }

  return {
    urls: [base + refresh, base + logout],
    headers: resolveHeaders,
    refresh: (context, body, more) => post(context, refresh, body, more),
    async logout(context, body, more) {
      const { ok, status } = await post(context, logout, body, more)
      return ok || status === 401
    },
  }
}
