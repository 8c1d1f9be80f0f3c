import { ownOptions } from '../misuse.ts'
import type { HeaderList, RevokeContext, TransportContext } from '../transport.ts'
import { readRefused, type RefusalOptions } from './refresh-answer.ts'

/** The options that all HTTP transports share. */
export interface EndpointOptions extends RefusalOptions {
  /** Below the transport's URL. @default { refresh: '/refresh', logout: '/logout' } */
  readonly paths?: { readonly refresh?: string; readonly logout?: string } | undefined
  /**
   * Sent with each request to the auth server. A header that an HTML form cannot send prevents other sites from refreshing
   * or logging out on behalf of the user (CSRF). @default { 'x-requested-with': 'latchkey' }
   */
  readonly headers?: HeaderList | (() => HeaderList) | undefined
  /** @default 'include' */
  readonly credentials?: RequestCredentials | undefined
}

/** The endpoints of one auth server, which take JSON. */
export interface Endpoint {
  /** The URLs of the endpoints. */
  readonly urls: readonly string[]
  readonly headers: () => HeaderList
  readonly refused: RefusalOptions['refused']
  refresh(context: TransportContext, body: object, headers?: HeaderList): Promise<Response>
  /** Whether the session is over at the server, which may have ended it before. */
  logout(context: RevokeContext, body: object, headers?: HeaderList): Promise<boolean>
}

/** Resolves the options of an HTTP transport. Throws a `TypeError` that names what is wrong. */
export function createEndpoint(url: string, given: EndpointOptions): Endpoint {
  if (typeof url !== 'string' || url === '') {
    throw new TypeError(
      `"url" must be the URL of the auth endpoints, such as '/auth', not ${typeof url}`,
    )
  }
  const options = ownOptions(given)
  const { headers = { 'x-requested-with': 'latchkey' }, credentials = 'include' } = options
  const { refresh = '/refresh', logout = '/logout' } = ownOptions(options.paths)
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
      // A redirect would lead to a login page, not to tokens.
      redirect: 'manual',
    })
  }

  return {
    urls: [base + refresh, base + logout],
    headers: resolveHeaders,
    refused: readRefused(options),
    refresh: (context, body, more) => post(context, refresh, body, more),
    async logout(context, body, more) {
      const { ok, status } = await post(context, logout, body, more)
      return ok || status === 401
    },
  }
}
