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
  /** The path below which everything is API. @default '/api' */
  readonly apiPath?: string | undefined
  /** Who signs in with this body of a login; `undefined` refuses it. @default whoever its `username` names */
  readonly logIn?: ((body: SentRequest['body']) => string | undefined) | undefined
  /** Which server it is: `plainServer` is the other one. @default strictServer */
  readonly server?: ((options: VirtualServerOptions) => ServerProgram) | undefined
}

/** An auth server and an API, as msw sees them and as a test does. */
export interface SessionBackend {
  /** For `setupServer(...handlers)` and `setupWorker(...handlers)`. */
  readonly handlers: readonly HttpHandler[]
  /** What has been asked of it, and the ways to end a session from outside. */
  readonly server: VirtualServer
  /** Signs somebody in without a request: the answer that a login call would have had. */
  signIn(subject?: string, limits?: ServerLimits): TokenAnswer
}

/**
 * Makes the server's half of the protocol out of msw handlers: `POST /auth/login`, `/auth/refresh` and `/auth/logout`, and
 * an API below `/api` that answers every request with what it was sent, or with 401. The server is the one of the virtual
 * browser, on the time of `Date`, and has one browser before it, whose cookies it keeps itself: script cannot set
 * HttpOnly ones.
 */
export function sessionHandlers({
  path = '/auth',
  apiPath = '/api',
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

  async function echo(request: Request): Promise<Response> {
    const sent = await received(request, new URL(request.url).pathname, jar)
    const response = ask(sent)
    if (!response.ok) return response
    const { method, body } = sent
    return Response.json({ method, path: sent.path, body, ...((await response.json()) as object) })
  }

  const auth = ['refresh', 'logout'].map((name) =>
    http.post(`*${path}/${name}`, async ({ request }) =>
      ask(await received(request, `${path}/${name}`, jar)),
    ),
  )
  return {
    handlers: [
      http.post(`*${path}/login`, ({ request }) => login(request)),
      ...auth,
      http.all(`*${apiPath}/*`, ({ request }) => echo(request)),
    ],
    server,
    signIn: (subject, limits) => server.signIn(jar, subject, limits),
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

/** What a body says, if it is a JSON object. */
function membersOf(text: string): SentRequest['body'] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as SentRequest['body']) : {}
  } catch {
    return {}
  }
}
