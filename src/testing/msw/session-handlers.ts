import { http, type HttpHandler } from 'msw'
import { clock } from '../../platform/clock.ts'
import { strictServer } from '../strict-server.ts'
import type { ServerLimits } from '../token-families.ts'
import type { SentRequest } from '../virtual-network.ts'
import type {
  ServerProgram,
  TokenAnswer,
  VirtualServer,
  VirtualServerOptions,
} from '../virtual-server.ts'

/** Options of {@link sessionHandlers}. */
export interface SessionHandlersOptions extends Omit<VirtualServerOptions, 'path'> {
  /** The path of the auth endpoints, at any origin. @default '/auth' */
  readonly path?: string | undefined
  /** The user who signs in with this body of a login, or `undefined` to refuse it. @default its `username` */
  readonly logIn?: ((body: SentRequest['body']) => string | undefined) | undefined
  /** Which server it is: `strictServer` or `plainServer`. @default strictServer */
  readonly server?: ((options: VirtualServerOptions) => ServerProgram) | undefined
}

/** An auth server, as msw sees it and as a test does. */
export interface SessionBackend {
  /** For `setupServer(...handlers)` and `setupWorker(...handlers)`. */
  readonly handlers: readonly HttpHandler[]
  /** What it was asked, and how to end a session from outside. */
  readonly server: VirtualServer
  /** Signs a user in without a request. Returns the body that a login call would have been answered with. */
  signIn(subject?: string, limits?: ServerLimits): TokenAnswer
  /**
   * The user whose access token a request carries; `null` if it carries none, or one that has expired or was revoked. For
   * the application's own handlers, which answer 401 then.
   */
  subjectOf(request: Request): string | null
}

/**
 * Creates msw handlers for the auth endpoints: `POST /auth/login`, `/auth/refresh` and `/auth/logout`. The application's
 * own endpoints are left to its own handlers, which can ask `subjectOf` whether a request is authorized.
 *
 * The server is the one of the virtual browser, on the time of `Date`. It serves one browser and keeps that browser's
 * cookies itself, because script cannot set HttpOnly cookies.
 */
export function sessionHandlers({
  path = '/auth',
  logIn = ({ username }) => (typeof username === 'string' ? username : undefined),
  server: programOf = strictServer,
  ...options
}: SessionHandlersOptions = {}): SessionBackend {
  const server = programOf({ ...options, path })({ trueTime: () => clock.now() })
  const jar = new Map<string, string>()

  function ask(sent: SentRequest): Response {
    const { status, headers, body, cookies = [] } = server.handle(sent)
    for (const [name, value] of cookies) {
      if (value === null) jar.delete(name)
      else jar.set(name, value)
    }
    const init = { status, headers: { 'cache-control': 'no-store', ...headers } }
    return body === undefined ? new Response(null, init) : Response.json(body, init)
  }

  async function login(request: Request): Promise<Response> {
    const sent = await received(request, `${path}/login`, jar)
    const subject = logIn(sent.body)
    if (subject === undefined)
      return Response.json({ error: 'invalid_credentials' }, { status: 401 })
    return ask({ ...sent, body: { ...sent.body, subject } })
  }

  function subjectOf({ headers, method, url }: Request): string | null {
    const { origin } = new URL(url)
    // To the server, every path that is not one of its own is API.
    const sent = { path: '', origin, method, headers, body: {}, keepalive: false, cookies: jar }
    const { body } = server.handle(sent)
    return (body as { readonly subject: string } | undefined)?.subject ?? null
  }

  const renewals = ['refresh', 'logout'].map((name) =>
    http.post(`*${path}/${name}`, async ({ request }) =>
      ask(await received(request, `${path}/${name}`, jar)),
    ),
  )
  return {
    handlers: [http.post(`*${path}/login`, ({ request }) => login(request)), ...renewals],
    server,
    signIn: (subject, limits) => server.signIn(jar, subject, limits),
    subjectOf,
  }
}

async function received(
  request: Request,
  path: string,
  jar: ReadonlyMap<string, string>,
): Promise<SentRequest> {
  const { method, headers, keepalive, url } = request
  const text = await request.text()
  return {
    path,
    origin: new URL(url).origin,
    method,
    headers,
    body: membersOf(text),
    keepalive,
    cookies: new Map(jar),
  }
}

/** The members of a body that is a JSON object; of any other body, none. */
function membersOf(text: string): SentRequest['body'] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as SentRequest['body']) : {}
  } catch {
    return {}
  }
}
